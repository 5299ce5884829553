/** The contracts of what is kept in S3, against the embedded one. */
import { randomUUID } from "node:crypto";
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, describe, expect, inject, test } from "vitest";
import { systemRandom } from "../../src/random.ts";
import { eagerBodies, promptBodyPut, s3Bodies } from "../../src/storage/s3/bodies.ts";
import { s3Spool } from "../../src/storage/s3/spool.ts";
import { oneClient } from "../../src/storage/s3/bucket-clients.ts";
import { s3ErrorObjects } from "../../src/storage/s3/error-objects.ts";
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

describe("objects of failed records in S3", () => {
  const errorObjects = s3ErrorObjects(oneClient(client));
  const bucket = inject("deliveryBucket");
  const prefix = `errors-${randomUUID()}/`;
  const roleArn = "";
  const tag = { key: "hydrant:redriven", value: "true" };

  async function put(name: string, Body: string, Tagging?: string) {
    const key = prefix + name;
    const { ETag } = await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body, ...(Tagging && { Tagging }) }),
    );
    return { bucket, roleArn, key, etag: ETag! };
  }
  const tagsOf = async (Key: string) => {
    const command = new GetObjectTaggingCommand({ Bucket: bucket, Key });
    return (await client.send(command)).TagSet!.map(({ Key: key, Value }) => `${key}=${Value}`);
  };
  const read = async ({ key, etag }: { readonly key: string; readonly etag: string }) => {
    const found = await errorObjects.get({ bucket, roleArn, key, etag });
    return found && Buffer.from(found).toString();
  };

  test("get a tag beside those that they have, as often as they are given it", async () => {
    const object = await put("a", "1", "team=x&hydrant:redriven=no");
    for (let i = 0; i < 2; i++) await errorObjects.tag(object, tag);
    expect((await tagsOf(object.key)).toSorted()).toEqual(["hydrant:redriven=true", "team=x"]);
  });

  test("are moved with their tags, as often as they are", async () => {
    const object = await put("b c+ü/1", "1", "team=x");
    const to = `${prefix}moved/b c+ü`;
    for (let i = 0; i < 2; i++) await errorObjects.move(object, to);
    expect(await read(object)).toBeUndefined();
    expect(await read({ ...object, key: to })).toBe("1");
    expect(await tagsOf(to)).toEqual(["team=x"]);
  });

  test("stay, where they are others by now", async () => {
    const { etag } = await put("d", "1");
    const other = await put("d", "2");
    await errorObjects.tag({ ...other, etag }, tag);
    await errorObjects.move({ ...other, etag }, `${prefix}moved/d`);
    expect(await read(other)).toBe("2");
    expect(await tagsOf(other.key)).toEqual([]);
    expect(await read({ ...other, key: `${prefix}moved/d` })).toBeUndefined();
  });

  test("a bucket that is not there is no object that is gone", async () => {
    const object = { ...(await put("e", "1")), bucket: "nobody-made-this-bucket" };
    const failure = await errorObjects.move(object, "f").catch((error: unknown) => error);
    expect(errorObjects.refusalOf(failure)).toBe("no bucket");
  });
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
