/** The work queue: flushes one lane of one delivery stream (plan, put, advance). */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import { deliverConfig } from "../src/config.ts";
import { deliver, type DeliverPorts } from "../src/delivery/deliver.ts";
import { flushFields } from "../src/delivery/report.ts";
import { failureFields } from "../src/observe/log.ts";
import { deliveryStreamArn } from "../src/operations/arn.ts";
import { systemRandom as random } from "../src/random.ts";
import type { RunResult } from "../src/readers/run.ts";
import { backOffMs } from "../src/readers/back-off.ts";
import { dynamodbClient, lambdaClient, s3Client, sqsClient } from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { lambdaInvoker } from "../src/storage/lambda/invoker.ts";
import { s3Bodies } from "../src/storage/s3/bodies.ts";
import { s3Objects } from "../src/storage/s3/objects.ts";
import { sqsHandBack } from "../src/storage/sqs/visibility.ts";
import { parseWakeUp } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";

const config = deliverConfig(process.env);
const client = dynamodbClient();
const s3 = s3Client({ pathStyle: process.env["AWS_ENDPOINT_URL_S3"] !== undefined });
const handBack = sqsHandBack(sqsClient(), config.deliverQueueUrl);
const ports: DeliverPorts = {
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  deliveryStreams: dynamodbDeliveryStreams({ client, ...config }),
  bodies: s3Bodies(s3, config.logBucket, random),
  objects: s3Objects(s3),
  invoker: lambdaInvoker(lambdaClient(), clock),
  region: config.region,
  deliveryStreamArn: (name: string) => deliveryStreamArn(config, name),
  report: (flush) => log.info("flush", flushFields(flush, clock.now())),
  clock,
  random,
};

/** Left for the last PUT and the checkpoint when a run comes near the function's time limit. */
const TIME_RESERVE_MS = 30_000;

export const handler = middy<SQSEvent, SQSBatchResponse>().handler(
  async ({ Records }, context: Context) => {
    const deadlineMs = clock.now() + context.getRemainingTimeInMillis() - TIME_RESERVE_MS;
    const kept = await Promise.all(Records.map((record) => serve(record, deadlineMs)));
    return { batchItemFailures: kept.filter((failure) => failure !== undefined) };
  },
);

async function serve(message: SQSRecord, deadlineMs: number) {
  const wakeUp = parseWakeUp(message.body);
  const receiveCount = Number(message.attributes.ApproximateReceiveCount);
  const delayMs = backOffMs(receiveCount, random);
  const isRepeated = receiveCount > 1;
  const result = await deliver(ports, { wakeUp, isRepeated, deadlineMs, backOffMs: delayMs }).catch(
    // Outside of a lease, such as a table that does not answer. Without this the message would stay hidden for as
    // long as a function may run.
    (error: unknown): RunResult => ({ kind: "retry", atMs: clock.now() + delayMs, error }),
  );
  if (result.kind === "done") return undefined;
  if (result.error !== undefined) {
    log.error("flush_failed", { ...wakeUp, receiveCount, ...failureFields(result.error) });
  }
  const delaySeconds = Math.max(0, Math.ceil((result.atMs - clock.now()) / 1000));
  await handBack(message.receiptHandle, delaySeconds);
  return { itemIdentifier: message.messageId };
}
