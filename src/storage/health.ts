/**
 * Whether a put would get through: both tables and the log bucket answer. It reads, and changes nothing. Anybody may ask, and
 * as often as he likes, so a process looks seldom, and answers by what it saw.
 */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Clock, isFresh } from "../clock.ts";
import type { ApiConfig } from "../config.ts";
import { HEALTH_MAX_AGE_MS, ILLNESS_MAX_AGE_MS } from "../limits.ts";
import { accessKeyKey } from "./dynamodb/keys.ts";

export interface HealthProbe extends Pick<ApiConfig, "logTable" | "stateTable" | "logBucket"> {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
}

/** Never rejects. */
export function healthProbe(probe: () => Promise<boolean>, clock: Clock): () => Promise<boolean> {
  let seen: { readonly atMs: number; readonly healthy: boolean } | undefined;
  let looking: Promise<boolean> | undefined;

  async function look(): Promise<boolean> {
    const healthy = await probe().catch(() => false);
    seen = { atMs: clock.now(), healthy };
    looking = undefined;
    return healthy;
  }

  return async () => {
    const maxAgeMs = seen?.healthy ? HEALTH_MAX_AGE_MS : ILLNESS_MAX_AGE_MS;
    if (seen && isFresh(seen.atMs, clock.now(), maxAgeMs)) return seen.healthy;
    return (looking ??= look());
  };
}

export async function probeStorage({
  dynamodb,
  s3,
  logTable,
  stateTable,
  logBucket,
}: HealthProbe): Promise<boolean> {
  const nothing = accessKeyKey("health");
  const answers = await Promise.allSettled([
    dynamodb.send(new GetItemCommand({ TableName: logTable, Key: nothing })),
    dynamodb.send(new GetItemCommand({ TableName: stateTable, Key: nothing })),
    s3.send(new HeadBucketCommand({ Bucket: logBucket })),
  ]);
  return answers.every(({ status }) => status === "fulfilled");
}
