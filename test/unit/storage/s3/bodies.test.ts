import {
  CopyObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { s3Bodies } from "../../../../src/storage/s3/bodies.ts";

const client = new S3Client({ region: "us-east-1" });
const s3 = mockClient(client);
const random = { bytes: (count: number) => new Uint8Array(count).fill(0xab), fraction: () => 0 };
const bodies = s3Bodies(client, "log-bucket", random);
beforeEach(() => s3.reset());

const KEY = `day/${"ab".repeat(16)}`;

test("puts a body under a random key in the log bucket", async () => {
  s3.on(PutObjectCommand).resolves({});
  const body = Buffer.from("body");
  expect(await bodies.put(body, 1000)).toBe(KEY);
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

test("copies within the log bucket, and only where it must", async () => {
  s3.on(CopyObjectCommand).resolves({});
  const kept = KEY.replace("day/", "week/");
  expect(await bodies.keep(KEY, 7 * 86_400_000)).toBe(kept);
  expect(s3.call(0).args[0].input).toEqual({
    Bucket: "log-bucket",
    Key: kept,
    CopySource: `log-bucket/${KEY}`,
  });
  expect(await bodies.keep(KEY, 86_400_000)).toBe(KEY);
  expect(s3.calls()).toHaveLength(1);
});

test("throws when a copy fails for another reason than that there is nothing", async () => {
  const error = {
    name: "SlowDown",
    message: "slow down",
    $fault: "server",
    $metadata: {},
  } as const;
  s3.on(CopyObjectCommand).rejects(new S3ServiceException(error));
  await expect(bodies.keep(KEY, 7 * 86_400_000)).rejects.toThrow("slow down");
});

test.each(["SlowDown", "ServiceUnavailable"])(
  "answers %s to a body with nothing kept, and says of other failures what they are",
  async (name) => {
    const error = { name, message: "no", $fault: "server", $metadata: {} } as const;
    s3.on(PutObjectCommand).rejectsOnce(new S3ServiceException(error)).rejects(new Error("down"));
    expect(await bodies.put(Buffer.from("body"), 1000)).toBeUndefined();
    await expect(bodies.put(Buffer.from("body"), 1000)).rejects.toThrow("down");
  },
);
