/** Objects under a key of KMS: each names it, written whole or in parts, also in the source backup. */
import { randomUUID } from "node:crypto";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, inject, it } from "vitest";
import {
  bucketArn,
  bucketOf,
  clientOf,
  createStream,
  drained,
  putAll,
  ROLE_ARN,
  SOON,
} from "./streams.ts";

const stack = {
  apiEndpoint: inject("apiEndpoint"),
  s3Endpoint: inject("s3Endpoint"),
  deliveryBucket: inject("deliveryBucket"),
};
const KEY = "arn:aws:kms:us-east-1:000000000000:key/objects";
const BACKUP_KEY = "arn:aws:kms:us-east-1:000000000000:alias/backups";
const under = (AWSKMSKeyARN: string) => ({
  EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN } },
});

async function keysOfObjects(keys: readonly string[]) {
  const s3 = new S3Client({
    endpoint: stack.s3Endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const heads = await Promise.all(
    keys.map((Key) => s3.send(new HeadObjectCommand({ Bucket: stack.deliveryBucket, Key }))),
  );
  s3.destroy();
  return new Set(heads.map((head) => `${head.ServerSideEncryption} ${head.SSEKMSKeyId}`));
}

it("each object carries the key that its destination names", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = await createStream(stack, client, {
    BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 1 },
    ...under(KEY),
  });
  // Beyond what is put at once.
  await putAll(
    client,
    name,
    Array.from({ length: 24 }, (_, i) => `${i}${"x".repeat(900_000)}\n`),
    4,
  );
  await drained(client, delivered, name);
  expect(await keysOfObjects(await delivered.keys(`${name}/`))).toEqual(
    new Set([`aws:kms ${KEY}`]),
  );
});

it("the source backup has a key of its own", async () => {
  const client = clientOf(stack);
  const delivered = bucketOf(stack);
  const name = `encrypted-${randomUUID()}`;
  await createStream(
    stack,
    client,
    {
      Prefix: `${name}/out/`,
      ...under(KEY),
      S3BackupMode: "Enabled",
      S3BackupConfiguration: {
        RoleARN: ROLE_ARN,
        BucketARN: bucketArn(stack),
        Prefix: `${name}/backup/`,
        BufferingHints: SOON,
        ...under(BACKUP_KEY),
      },
    },
    name,
  );
  for (const [part, key] of [
    ["out", KEY],
    ["backup", BACKUP_KEY],
  ]) {
    const prefix = `${name}/${part}/`;
    await drained(client, delivered, name, { prefix });
    expect(await keysOfObjects(await delivered.keys(prefix))).toEqual(new Set([`aws:kms ${key}`]));
  }
});
