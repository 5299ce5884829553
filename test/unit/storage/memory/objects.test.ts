import { describe, expect, test } from "vitest";
import { memoryObjects } from "../../../../src/storage/memory/objects.ts";
import { testObjectStore } from "../../../contract/object-store.ts";

describe("the memory twin of S3", () => {
  testObjectStore(async () => {
    const objects = memoryObjects();
    objects.refuse("missing", "no bucket");
    return {
      objects,
      bucket: "bucket",
      missingBucket: "missing",
      async read(bucket, key) {
        const object = objects.get(bucket, key);
        return object && { contentEncoding: undefined, ...object };
      },
    };
  });

  const TARGET = { bucket: "b", key: "k", contentType: "application/octet-stream" };

  test("refuses small parts before the last, as S3 does", async () => {
    const objects = memoryObjects({ partMinBytes: 3 });
    const upload = await objects.startUpload(TARGET);
    const parts = [
      await objects.uploadPart(upload, 1, Buffer.from("12")),
      await objects.uploadPart(upload, 2, Buffer.from("3")),
    ];
    await expect(objects.completeIfAbsent(upload, parts)).rejects.toThrow("EntityTooSmall");
  });

  test("refuses to complete with a part that is not there or was replaced", async () => {
    const objects = memoryObjects();
    const upload = await objects.startUpload(TARGET);
    const replaced = await objects.uploadPart(upload, 1, Buffer.from("1"));
    await objects.uploadPart(upload, 1, Buffer.from("2"));
    const absent = { ...replaced, partNumber: 2 };
    for (const parts of [[replaced], [absent], []]) {
      await expect(objects.completeIfAbsent(upload, parts)).rejects.toThrow(
        /InvalidPart|Malformed/,
      );
    }
  });
});
