/**
 * Objects in S3, written once: every way to make one carries `If-None-Match: *`, so that of two flushes of
 * the same plan the first stays. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 *
 * 412 is an outcome. 409 means that two writers met and neither answer is known yet; it is thrown, as is all
 * else, and the caller tries again.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { ObjectStore, ObjectTarget, Refusal, UploadRef } from "../../delivery/ports.ts";
import { RoleRefused } from "../sts/roles.ts";
import type { BucketClients, BucketPlace } from "./bucket-clients.ts";

const CHECKSUM_ALGORITHM = "CRC32";

export function s3Objects(clients: BucketClients): ObjectStore {
  /** What writes were answered: a refusal of anything else says nothing of what stands. */
  const answers = new WeakSet<object>();
  async function answered<Output>(
    place: BucketPlace,
    call: (client: S3Client) => Promise<Output>,
  ): Promise<Output> {
    try {
      return await clients.at(place, call);
    } catch (error) {
      if (error instanceof S3ServiceException) answers.add(error);
      throw error;
    }
  }

  return {
    refusalOf(error) {
      // Nothing was sent.
      if (error instanceof RoleRefused) return "refused";
      return error instanceof S3ServiceException && answers.has(error)
        ? refusalOf(error)
        : undefined;
    },

    async putIfAbsent(target, body) {
      try {
        await answered(target, (client) =>
          client.send(
            new PutObjectCommand({ ...targetInput(target), Body: body, IfNoneMatch: "*" }),
          ),
        );
        return "written";
      } catch (error) {
        if (hasStatus(error, 412)) return "exists";
        throw error;
      }
    },

    async startUpload(target) {
      const { UploadId } = await answered(target, (client) =>
        client.send(
          new CreateMultipartUploadCommand({
            ...targetInput(target),
            ChecksumAlgorithm: CHECKSUM_ALGORITHM,
          }),
        ),
      );
      if (!UploadId) throw new Error(`no upload id for s3://${target.bucket}/${target.key}`);
      const { bucket, key } = target;
      const roleArn = clients.roleAt(target);
      return { bucket, key, uploadId: UploadId, ...(roleArn !== undefined && { roleArn }) };
    },

    async uploadPart(upload, partNumber, body) {
      const { ETag, ChecksumCRC32 } = await answered(upload, (client) =>
        client.send(
          new UploadPartCommand({
            ...uploadInput(upload),
            PartNumber: partNumber,
            Body: body,
            ChecksumAlgorithm: CHECKSUM_ALGORITHM,
          }),
        ),
      );
      if (!ETag) throw new Error(`no etag for part ${partNumber} of ${upload.key}`);
      return { partNumber, etag: ETag, ...(ChecksumCRC32 && { checksum: ChecksumCRC32 }) };
    },

    async completeIfAbsent(upload, parts, movedTo) {
      const Parts = parts
        .toSorted((a, b) => a.partNumber - b.partNumber)
        .map(({ partNumber, etag, checksum }) => ({
          PartNumber: partNumber,
          ETag: etag,
          ...(checksum !== undefined && { ChecksumCRC32: checksum }),
        }));
      try {
        await answered(upload, (client) =>
          client.send(
            new CompleteMultipartUploadCommand({
              ...uploadInput(upload),
              MultipartUpload: { Parts },
              IfNoneMatch: "*",
            }),
          ),
        );
        return "written";
      } catch (error) {
        if (hasStatus(error, 412)) return "exists";
        // An upload ends with its completion: our own earlier attempt, or an abort by the bucket's lifecycle.
        if (isNoSuchUpload(error))
          return (await isAnywhere(clients, upload, movedTo)) ? "exists" : "lost";
        // A part that was sent twice and whose first copy came last bears another tag; nobody knows it any more.
        if (isInvalidPart(error)) return "lost";
        throw error;
      }
    },

    async abort(upload) {
      try {
        await answered(upload, (client) =>
          client.send(new AbortMultipartUploadCommand(uploadInput(upload))),
        );
      } catch (error) {
        if (!isNoSuchUpload(error)) throw error;
      }
    },
  };
}

/** 408, 409, 412 and 429 say nothing of what the next attempt brings, nor do failures of S3's own. */
const PASSING = new Set([408, 409, 412, 429]);

function refusalOf(error: S3ServiceException): Refusal | undefined {
  if (error.name === "NoSuchBucket") return "no bucket";
  const { httpStatusCode: status = 500, attempts = 1 } = error.$metadata;
  // An attempt before the last one had no answer, and may have had its effect.
  const isAnswered = attempts === 1 && status < 500 && !PASSING.has(status);
  return isAnswered ? "refused" : undefined;
}

function targetInput({ bucket, key, contentType, contentEncoding, kmsKeyArn }: ObjectTarget) {
  return {
    Bucket: bucket,
    Key: key,
    ContentType: contentType,
    ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
    ...(kmsKeyArn !== undefined && {
      ServerSideEncryption: "aws:kms" as const,
      SSEKMSKeyId: kmsKeyArn,
    }),
  };
}

function uploadInput({ bucket, key, uploadId }: UploadRef) {
  return { Bucket: bucket, Key: key, UploadId: uploadId };
}

/** Moved means first there and then not here: in this order it is not missed. */
async function isAnywhere(
  clients: BucketClients,
  upload: UploadRef,
  movedTo: string | undefined,
): Promise<boolean> {
  if (await isPresent(clients, upload)) return true;
  return movedTo !== undefined && isPresent(clients, { ...upload, key: movedTo });
}

async function isPresent(clients: BucketClients, upload: UploadRef): Promise<boolean> {
  const { bucket: Bucket, key: Key } = upload;
  try {
    await clients.at(upload, (client) => client.send(new HeadObjectCommand({ Bucket, Key })));
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

function isNoSuchUpload(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "NoSuchUpload";
}

function isInvalidPart(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === "InvalidPart";
}
