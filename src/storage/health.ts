/** Whether a put would get through: both tables and the log bucket answer. It reads, and changes nothing. */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { ApiConfig } from "../config.ts";
import { accessKeyKey } from "./dynamodb/keys.ts";

export interface HealthProbe extends Pick<ApiConfig, "logTable" | "stateTable" | "logBucket"> {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
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
