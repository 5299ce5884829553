/**
 * Once a minute while there is work for it: repairs lost wake-ups while a buffer is open, and goes on where raising a
 * stream's retention ran out of time. It switches itself off when nothing is left of either.
 */
import middy from "@middy/core";
import { systemClock as clock } from "../src/clock.ts";
import { sweepConfig } from "../src/config.ts";
import { type StreamSweepPorts, sweepDeliveryStreams } from "../src/delivery/sweep-streams.ts";
import { failureFields } from "../src/observe/log.ts";
import { RETENTION_SWEEP_BUDGET_MS } from "../src/limits.ts";
import { switchByNeed } from "../src/readers/sweep-switch.ts";
import { type ExtendAllPorts, extendAll } from "../src/streams/extend-expiry.ts";
import { systemRandom as random } from "../src/random.ts";
import {
  dynamodbClient,
  eventBridgeClient,
  promptS3Client,
  sqsClient,
} from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { s3Bodies } from "../src/storage/s3/bodies.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";

const config = sweepConfig(process.env);
const pathStyle = process.env["AWS_ENDPOINT_URL_S3"] !== undefined;
const client = dynamodbClient();
const ports = {
  deliveryStreams: dynamodbDeliveryStreams({ client, ...config }),
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  queue: sqsWakeQueue({ client: sqsClient(), queueUrl: config.deliverQueueUrl }),
  clock,
  reportFailure: (shard, error) => log.error("sweep_failed", { shard, ...failureFields(error) }),
} satisfies StreamSweepPorts<never>;
const extendPorts = {
  dataStreams: dynamodbStreams({ client, ...config }),
  blockExpiry: ports.log,
  bodies: s3Bodies(promptS3Client({ pathStyle }), config.logBucket, random),
  clock,
  reportFailure: ({ name }, error) =>
    log.error("sweep_failed", { stream: name, ...failureFields(error) }),
} satisfies ExtendAllPorts;
const rule = eventBridgeSweepRule(eventBridgeClient(), config.sweepRule);

export const handler = middy().handler(() => switchByNeed(rule, sweep));

/** Answers whether there is more to do, now or later. */
async function sweep(): Promise<boolean> {
  const isAnyOpen = await sweepDeliveryStreams(ports);
  const isAllExtended = await extendAll(extendPorts, clock.now() + RETENTION_SWEEP_BUDGET_MS);
  return isAnyOpen || !isAllExtended;
}
