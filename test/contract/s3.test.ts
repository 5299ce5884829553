/** The contracts of what is kept in S3, against the embedded one. */
import { GetObjectCommand, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { afterAll, describe, inject } from "vitest";
import { systemRandom } from "../../src/random.ts";
import { eagerBodies, promptBodyPut, s3Bodies } from "../../src/storage/s3/bodies.ts";
import { s3Spool } from "../../src/storage/s3/spool.ts";
import { oneClient } from "../../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../../src/storage/s3/objects.ts";
import { testBodyStore } from "./body-store.ts";
import { testObjectStore } from "./object-store.ts";
import { testSpoolStore } from "./spool-store.ts";

const client = new S3Client({
  endpoint: inject("s3Endpoint"),
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  forcePathStyle: true,
});

afterAll(() => client.destroy());

describe("objects in S3", () => {
  testObjectStore(async () => ({
    objects: s3Objects(oneClient(client)),
    bucket: inject("deliveryBucket"),
    missingBucket: "nobody-made-this-bucket",
    async read(bucket, key) {
      try {
        const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return {
          body: await object.Body!.transformToByteArray(),
          contentType: object.ContentType,
          contentEncoding: object.ContentEncoding,
        };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  }));
});

describe("block bodies in S3", () => {
  testBodyStore(async () => s3Bodies(client, inject("logBucket"), systemRandom));
});

describe("block bodies in S3, put while a producer waits and read in numbers", () => {
  testBodyStore(async () => ({
    ...eagerBodies(client, inject("logBucket"), systemRandom),
    put: promptBodyPut(client, inject("logBucket"), systemRandom),
  }));
});

describe("what readers keep in S3", () => {
  testSpoolStore(async () => s3Spool(client, inject("logBucket"), systemRandom));
});
