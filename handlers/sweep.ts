/**
 * Once a minute while a buffer is open: repairs lost wake-ups, and switches itself off when all is delivered. It also
 * goes on where raising a stream's retention ran out of time.
 */
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import { wakeConfig } from "../src/config.ts";
import { type StreamSweepPorts, sweepDeliveryStreams } from "../src/delivery/sweep-streams.ts";
import { failureFields } from "../src/observe/log.ts";
import { extendAll } from "../src/streams/extend-expiry.ts";
import { dynamodbClient, eventBridgeClient, sqsClient } from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";

const config = wakeConfig(process.env);
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
  clock,
};
const rule = eventBridgeSweepRule(eventBridgeClient(), config.sweepRule);

/** For a page of blocks that is under way. */
const TIME_RESERVE_MS = 30_000;

export const handler = middy().handler(async (_event, context: Context) => {
  const deadlineMs = clock.now() + context.getRemainingTimeInMillis() - TIME_RESERVE_MS;
  const isAnyOpen = await sweepDeliveryStreams(ports);
  const isAllExtended = await extendAll(extendPorts, deadlineMs);
  if (!isAnyOpen && isAllExtended) await rule.disable();
});
