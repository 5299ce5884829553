/** Large block bodies in the log bucket. Their keys are formed in `storage/body-key.ts`. */
import {
  CopyObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { type Clock, systemClock } from "../../clock.ts";
import { PROMPT_BODY_TIMEOUT_MS } from "../../limits.ts";
import { bodyKeyFor, newBodyKey } from "../body-key.ts";
import type { BodyStore } from "../../log/store.ts";
import type { Random } from "../../random.ts";
import { evenIfCut } from "../cut-connection.ts";
import { promptRequests } from "../prompt-request.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const BUSY = new Set(["SlowDown", "ServiceUnavailable", "RequestLimitExceeded", "Throttling"]);

export function s3Bodies(client: S3Client, bucket: string, random: Random): BodyStore {
  return {
    async put(body, retentionMs) {
      const key = newBodyKey(random, retentionMs);
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
        return key;
      } catch (error) {
        if (isBusy(error)) return undefined;
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

/** The same put for who answers a producer: one try, soon over. */
export function promptBodyPut(
  client: S3Client,
  bucket: string,
  random: Random,
  clock: Pick<Clock, "now"> = systemClock,
): BodyStore["put"] {
  const request = promptRequests(
    "s3",
    client,
    () => new PutObjectCommand({ Bucket: bucket, Key: "-" }),
  );
  return async (body, retentionMs) => {
    const key = newBodyKey(random, retentionMs);
    // The key is random, and the same body under it twice is the same.
    const { statusCode, body: answer } = await evenIfCut(() =>
      request({
        method: "PUT",
        path: `/${key}`,
        headers: { "content-type": "application/octet-stream" },
        body,
        signedAtMs: clock.now(),
        timeoutMs: PROMPT_BODY_TIMEOUT_MS,
      }),
    );
    if (statusCode === 200) return key;
    const error = toError(statusCode, answer.toString());
    if (isBusy(error)) return undefined;
    throw error;
  };
}

/**
 * The same for who reads much: past the SDK's middleware, which takes longer than what is done with a body. Whatever fails
 * goes the SDK's way at once, with its repeats.
 */
export function eagerBodies(
  client: S3Client,
  bucket: string,
  random: Random,
  clock: Pick<Clock, "now"> = systemClock,
): BodyStore {
  const patient = s3Bodies(client, bucket, random);
  const request = promptRequests(
    "s3",
    client,
    () => new GetObjectCommand({ Bucket: bucket, Key: "-" }),
  );
  return {
    ...patient,
    async get(key) {
      const answer = await request({
        method: "GET",
        path: `/${key}`,
        headers: {},
        body: "",
        signedAtMs: clock.now(),
        timeoutMs: PROMPT_BODY_TIMEOUT_MS,
      }).catch(() => undefined);
      return answer?.statusCode === 200 ? answer.body : patient.get(key);
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof S3ServiceException && BUSY.has(error.name);
}

/** `<Error><Code>SlowDown</Code><Message>…` */
function toError(statusCode: number, xml: string): S3ServiceException {
  const elementOf = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return new S3ServiceException({
    name: elementOf("Code") ?? "UnknownError",
    message: elementOf("Message") ?? `S3 answered ${statusCode}`,
    $fault: statusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode: statusCode },
  });
}
