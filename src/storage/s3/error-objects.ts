/** Objects of failed records in S3, read and never written. */
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { ErrorObjects } from "../../delivery/redrive/ports.ts";

export function s3ErrorObjects(client: S3Client): ErrorObjects {
  return {
    async list({ bucket, prefix, after, limit }) {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          MaxKeys: limit,
          ...(after !== undefined && { StartAfter: after }),
        }),
      );
      return Contents.map(({ Key = "", ETag = "", Size = 0, LastModified }) => ({
        key: Key,
        etag: ETag,
        byteCount: Size,
        modifiedAtMs: LastModified?.getTime() ?? 0,
      }));
    },

    async get({ bucket, key, etag }) {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }),
        );
        return await Body!.transformToByteArray();
      } catch (error) {
        if (hasStatus(error, 404) || hasStatus(error, 412)) return undefined;
        throw error;
      }
    },

    refusalOf(error) {
      if (!(error instanceof S3ServiceException)) return undefined;
      if (error.name === "NoSuchBucket") return "no bucket";
      return hasStatus(error, 403) || hasStatus(error, 404) ? "refused" : undefined;
    },
  };
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
