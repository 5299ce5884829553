import { expect, test } from "vitest";
import { banner } from "../../../offline/banner.ts";

test("tells where everything is that a user calls, and what may be called there", () => {
  const lines = banner({
    apiEndpoint: "http://127.0.0.1:4566",
    s3Endpoint: "http://127.0.0.1:4572",
    sqsEndpoint: "http://127.0.0.1:40123",
    lambdaEndpoint: "http://127.0.0.1:4574",
    dynamodbEndpoint: "http://127.0.0.1:4569",
    dataDir: undefined,
    logFile: "/data/logs/stack.log",
    errorLogFile: "/data/logs/delivery-errors.jsonl",
    auditFile: "/data/logs/audit.jsonl",
    deliveryBucket: "deliveries",
    accountId: "000000000000",
    failureQueueArn: "arn:aws:sqs:us-east-1:000000000000:failures",
    readyAfterMs: 1234,
    functionArns: ["arn:aws:lambda:us-east-1:000000000000:function:clean"],
  }).split("\n");
  const lineOf = (label: string) => lines.find((line) => line.startsWith(`  ${label} `));
  expect(lineOf("API")).toContain("http://127.0.0.1:4566 ");
  expect(lineOf("S3")).toMatch(/http:\/\/127\.0\.0\.1:4572 .*deliveries/);
  expect(lineOf("SQS")).toMatch(
    /http:\/\/127\.0\.0\.1:40123 .*arn:aws:sqs:us-east-1:000000000000:failures/,
  );
  expect(lineOf("DynamoDB")).toContain("http://127.0.0.1:4569 ");
  expect(lineOf("data")).toContain("in memory");
  expect(lineOf("log")).toContain("/data/logs/stack.log");
  expect(lineOf("errors")).toContain("/data/logs/delivery-errors.jsonl");
  expect(lineOf("audit")).toContain("/data/logs/audit.jsonl");
  // boto3 and version 1 of the CLI know only the second.
  expect(lines.join("\n")).toContain("AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1");
  expect(lineOf("function")).toContain("arn:aws:lambda:us-east-1:000000000000:function:clean");
});
