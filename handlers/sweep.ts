/** Once a minute while a buffer is open: repairs lost wake-ups, and switches itself off when all is delivered. */
import middy from "@middy/core";
import { systemClock as clock } from "../src/clock.ts";
import { wakeConfig } from "../src/config.ts";
import { type StreamSweepPorts, sweepDeliveryStreams } from "../src/delivery/sweep-streams.ts";
import { failureFields } from "../src/observe/log.ts";
import { dynamodbClient, eventBridgeClient, sqsClient } from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";

const config = wakeConfig(process.env);
const client = dynamodbClient();
const ports: StreamSweepPorts<never> = {
  deliveryStreams: dynamodbDeliveryStreams({ client, ...config }),
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  queue: sqsWakeQueue({ client: sqsClient(), queueUrl: config.deliverQueueUrl }),
  clock,
  reportFailure: (shard, error) => log.error("sweep_failed", { shard, ...failureFields(error) }),
};
const rule = eventBridgeSweepRule(eventBridgeClient(), config.sweepRule);

export const handler = middy().handler(async () => {
  if (!(await sweepDeliveryStreams(ports))) await rule.disable();
});
