/** Objects of failed records in S3, read and never written. */
import { GetObjectCommand, ListObjectsV2Command, S3ServiceException } from "@aws-sdk/client-s3";
import type { ErrorObjects } from "../../delivery/redrive/ports.ts";
import { RoleRefused } from "../sts/roles.ts";
import type { BucketClients } from "./bucket-clients.ts";

export function s3ErrorObjects(clients: BucketClients): ErrorObjects {
  return {
    async list({ prefix, after, limit, ...place }) {
      const command = new ListObjectsV2Command({
        Bucket: place.bucket,
        Prefix: prefix,
        MaxKeys: limit,
        ...(after !== undefined && { StartAfter: after }),
      });
      const { Contents = [] } = await clients.at(place, (client) => client.send(command));
      return Contents.map(({ Key = "", ETag = "", Size = 0, LastModified }) => ({
        key: Key,
        etag: ETag,
        byteCount: Size,
        modifiedAtMs: LastModified?.getTime() ?? 0,
      }));
    },

    async get({ key, etag, ...place }) {
      try {
        const command = new GetObjectCommand({ Bucket: place.bucket, Key: key, IfMatch: etag });
        const { Body } = await clients.at(place, (client) => client.send(command));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (hasStatus(error, 404) || hasStatus(error, 412)) return undefined;
        throw error;
      }
    },

    refusalOf(error) {
      if (error instanceof RoleRefused) return "refused";
      if (!(error instanceof S3ServiceException)) return undefined;
      if (error.name === "NoSuchBucket") return "no bucket";
      return hasStatus(error, 403) || hasStatus(error, 404) ? "refused" : undefined;
    },
  };
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
