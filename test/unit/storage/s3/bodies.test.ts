import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { s3Bodies } from "../../../../src/storage/s3/bodies.ts";

const client = new S3Client({ region: "us-east-1" });
const s3 = mockClient(client);
const random = { bytes: (count: number) => new Uint8Array(count).fill(0xab), fraction: () => 0 };
const bodies = s3Bodies(client, "log-bucket", random);
beforeEach(() => s3.reset());

const KEY = `direct-put/${"ab".repeat(16)}`;

test("puts a body under a random key in the log bucket", async () => {
  s3.on(PutObjectCommand).resolves({});
  const body = Buffer.from("body");
  expect(await bodies.put(body)).toBe(KEY);
  expect(s3.call(0).args[0].input).toEqual({ Bucket: "log-bucket", Key: KEY, Body: body });
});

test("reads a body whole", async () => {
  const stream = { transformToByteArray: async () => Buffer.from("body") };
  s3.on(GetObjectCommand).resolves({ Body: stream as never });
  expect(Buffer.from(await bodies.get(KEY)).toString()).toBe("body");
  expect(s3.call(0).args[0].input).toEqual({ Bucket: "log-bucket", Key: KEY });
});

test("throws for a body that is not there", async () => {
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: "no such key", $metadata: {} }));
  await expect(bodies.get(KEY)).rejects.toThrow("no such key");
});
