/**
 * Large block bodies in the log bucket. Their keys begin with their class, on which the bucket's lifecycle rules end
 * them, and are random beyond it: a body is stored before its place in the log is known.
 */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { BodyStore } from "../../log/store.ts";
import { type Random, randomHex } from "../../random.ts";

const BODY_KEY_RANDOM_BYTES = 16;

export function s3Bodies(client: S3Client, bucket: string, random: Random): BodyStore {
  return {
    async put(body, bodyClass = "direct-put") {
      // Named in the bucket's lifecycle rules, too.
      const key = `${bodyClass}/` + randomHex(random, BODY_KEY_RANDOM_BYTES);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      return key;
    },
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new Error(`no body in the answer for ${key}`);
      return Body.transformToByteArray();
    },
  };
}
