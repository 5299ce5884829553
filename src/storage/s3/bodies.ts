/** Large block bodies in the log bucket. Their keys are formed in `storage/body-key.ts`. */
import {
  CopyObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { bodyKeyFor, newBodyKey } from "../body-key.ts";
import type { BodyStore } from "../../log/store.ts";
import type { Random } from "../../random.ts";
import { evenIfCut } from "../cut-connection.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const BUSY = new Set(["SlowDown", "ServiceUnavailable", "RequestLimitExceeded", "Throttling"]);

export function s3Bodies(client: S3Client, bucket: string, random: Random): BodyStore {
  return {
    async put(body, retentionMs) {
      const key = newBodyKey(random, retentionMs);
      try {
        await evenIfCut(() =>
          client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })),
        );
        return key;
      } catch (error) {
        if (error instanceof S3ServiceException && BUSY.has(error.name)) return undefined;
        throw error;
      }
    },
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new Error(`no body in the answer for ${key}`);
      return Body.transformToByteArray();
    },
    async keep(key, retentionMs) {
      const kept = bodyKeyFor(key, retentionMs);
      if (kept === key) return key;
      try {
        const CopySource = `${bucket}/${key}`;
        await client.send(new CopyObjectCommand({ Bucket: bucket, Key: kept, CopySource }));
        return kept;
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
  };
}
