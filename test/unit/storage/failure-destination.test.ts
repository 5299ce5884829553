import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { failureDestination } from "../../../src/storage/failure-destination.ts";
import { memoryObjects } from "../../../src/storage/memory/objects.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:failures";
const URL = "https://sqs.us-east-1.amazonaws.com/123456789012/failures";
const REPORT = { document: '{"version":"1.0"}', object: { key: "k", body: "{}" } };

const client = new SQSClient({ region: "us-east-1" });
const sqs = mockClient(client);
beforeEach(() => sqs.reset());
const destination = () => failureDestination({ sqs: client, objects: memoryObjects() });

test("asks once for a queue's URL, in the queue's own account", async () => {
  sqs.on(GetQueueUrlCommand).resolves({ QueueUrl: URL });
  sqs.on(SendMessageCommand).resolves({});
  const { report } = destination();
  await report(QUEUE_ARN, REPORT);
  await report(QUEUE_ARN, REPORT);
  expect(sqs.calls().map(({ args }) => args[0].input)).toEqual([
    { QueueName: "failures", QueueOwnerAWSAccountId: "123456789012" },
    { QueueUrl: URL, MessageBody: REPORT.document },
    { QueueUrl: URL, MessageBody: REPORT.document },
  ]);
});

test("fails with the queue, and asks again for its URL", async () => {
  sqs.on(GetQueueUrlCommand).rejectsOnce(new Error("not there")).resolves({ QueueUrl: URL });
  sqs.on(SendMessageCommand).rejectsOnce(new Error("no access")).resolves({});
  const { report } = destination();
  await expect(report(QUEUE_ARN, REPORT)).rejects.toThrow("not there");
  await expect(report(QUEUE_ARN, REPORT)).rejects.toThrow("no access");
  await report(QUEUE_ARN, REPORT);
  expect(sqs.commandCalls(SendMessageCommand)).toHaveLength(2);
});

test("refuses an ARN of another kind", async () => {
  const arn = "arn:aws:sns:us-east-1:123456789012:topic";
  await expect(destination().report(arn, REPORT)).rejects.toThrow(
    `expected the ARN of a queue or a bucket, got ${arn}`,
  );
});
