/** What readers keep beside their items, in the log bucket under `spool/`. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { SpoolStore } from "../../delivery/ports.ts";
import type { Random } from "../../random.ts";
import { newSpoolKey } from "../body-key.ts";

export function s3Spool(client: S3Client, bucket: string, random: Random): SpoolStore {
  return {
    async put(bytes) {
      const key = newSpoolKey(random);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
      return key;
    },
    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}
