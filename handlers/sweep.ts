/** Once a minute while a buffer is open: repairs lost wake-ups, and switches itself off when all is delivered. */
import middy from "@middy/core";
import { systemClock as clock } from "../src/clock.ts";
import { wakeConfig } from "../src/config.ts";
import { laneKeys } from "../src/delivery/delivery-stream.ts";
import { allDeliveryStreams } from "../src/delivery/all-streams.ts";
import { sweepShard } from "../src/readers/sweep.ts";
import { dynamodbClient, eventBridgeClient, sqsClient } from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";

const config = wakeConfig(process.env);
const client = dynamodbClient();
const deliveryStreams = dynamodbDeliveryStreams({ client, ...config });
const ports = {
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  queue: sqsWakeQueue({ client: sqsClient(), queueUrl: config.deliverQueueUrl }),
  clock,
};
const rule = eventBridgeSweepRule(eventBridgeClient(), config.sweepRule);

export const handler = middy().handler(async () => {
  let isAnyOpen = false;
  for await (const stream of allDeliveryStreams(deliveryStreams)) {
    const open = await Promise.all(laneKeys(stream).map((lane) => sweepShard(ports, lane)));
    isAnyOpen ||= open.includes(true);
  }
  if (!isAnyOpen) await rule.disable();
});
