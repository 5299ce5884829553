import type { S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { oneClient } from "../../../../src/storage/s3/bucket-clients.ts";
import { usersBuckets } from "../../../../src/storage/s3/users-buckets.ts";

const deployment = { accountId: "123456789012", logBucket: "log" };

test("asks nothing of Hydrant's own buckets for what somebody named, whoever listed them", async () => {
  const asked: string[] = [];
  const buckets = usersBuckets(oneClient({} as S3Client), deployment);
  const ask = (bucket: string) =>
    buckets.at({ bucket, roleArn: "any" }, async () => void asked.push(bucket));
  for (const bucket of ["log", "LOG", "hydrant-prod-log-123456789012"]) {
    await expect(ask(bucket)).rejects.toMatchObject({ name: "AccessDenied" });
  }
  await ask("logs");
  await ask("hydrant-prod-delivery-123456789012");
  expect(asked).toEqual(["logs", "hydrant-prod-delivery-123456789012"]);
});
