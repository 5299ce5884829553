/**
 * Objects of failed records in S3. They are read; where a redrive is asked to, they are tagged or moved when it has handled
 * them, each under the condition that it is still the one that was read. In a bucket with versions that of a moved object
 * stays, behind a delete marker.
 */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectTaggingCommand,
  S3ServiceException,
} from "@aws-sdk/client-s3";
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

    async tag({ key, etag, ...place }, tag) {
      const object = { Bucket: place.bucket, Key: key };
      await unlessGone(async () => {
        await clients.at(place, (client) =>
          client.send(new HeadObjectCommand({ ...object, IfMatch: etag })),
        );
        const { TagSet = [] } = await clients.at(place, (client) =>
          client.send(new GetObjectTaggingCommand(object)),
        );
        // All of an object's tags are put at once.
        const others = TagSet.filter(({ Key }) => Key !== tag.key);
        const Tagging = { TagSet: [...others, { Key: tag.key, Value: tag.value }] };
        await clients.at(place, (client) =>
          client.send(new PutObjectTaggingCommand({ ...object, Tagging })),
        );
      });
    },

    async move({ key, etag, kmsKeyArn, ...place }, toKey) {
      const { bucket: Bucket } = place;
      await unlessGone(() =>
        clients.at(place, (client) =>
          client.send(
            new CopyObjectCommand({
              Bucket,
              Key: toKey,
              CopySource: [Bucket, ...key.split("/")].map(encodeURIComponent).join("/"),
              CopySourceIfMatch: etag,
              ...(kmsKeyArn !== undefined && {
                ServerSideEncryption: "aws:kms",
                SSEKMSKeyId: kmsKeyArn,
              }),
            }),
          ),
        ),
      );
      await unlessGone(() =>
        clients.at(place, (client) =>
          client.send(new DeleteObjectCommand({ Bucket, Key: key, IfMatch: etag })),
        ),
      );
    },

    refusalOf(error) {
      if (error instanceof RoleRefused) return "refused";
      if (!(error instanceof S3ServiceException)) return undefined;
      if (isNoBucket(error)) return "no bucket";
      // Of what is moved below another prefix.
      if (error.name === "KeyTooLongError") return "refused";
      return hasStatus(error, 403) || hasStatus(error, 404) ? "refused" : undefined;
    },
  };
}

/** It has been moved before, or another one stands there. */
async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (isNoBucket(error) || !(hasStatus(error, 404) || hasStatus(error, 412))) throw error;
  }
}

function isNoBucket(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "NoSuchBucket";
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
