/** The log table's stream: which readers have work now, and which buffers want a timer. */
import middy from "@middy/core";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import { wakeConfig } from "../src/config.ts";
import { wakeRoute } from "../src/consumer/wake-route.ts";
import { groupRings, type Ring } from "../src/readers/rings.ts";
import { SweepSwitch } from "../src/readers/sweep-switch.ts";
import { answerDoorbell } from "../src/readers/wake.ts";
import { dynamodbClient, eventBridgeClient, sqsClient } from "../src/storage/clients.ts";
import { parseLogKey } from "../src/storage/dynamodb/keys.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";

const config = wakeConfig(process.env);
const client = dynamodbClient();
const sqs = sqsClient();
const ports = {
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  queue: wakeRoute({
    consume: sqsWakeQueue({ client: sqs, queueUrl: config.consumeQueueUrl }),
    deliver: sqsWakeQueue({ client: sqs, queueUrl: config.deliverQueueUrl }),
  }),
  clock,
};
const sweep = new SweepSwitch(eventBridgeSweepRule(eventBridgeClient(), config.sweepRule), clock);

/** Any failure fails the batch: doorbells may ring twice, and each ring looks at the whole shard anyway. */
export const handler = middy<DynamoDBStreamEvent, void>().handler(async ({ Records }) => {
  const rings = groupRings(Records.flatMap(toRing));
  if (rings.length === 0) return;
  // First: should the rings never be answered, the sweep is what is left.
  await sweep.keepOn();
  await Promise.all(rings.map(({ shard, openedAtMs }) => answerDoorbell(ports, shard, openedAtMs)));
});

/** TTL's removals ring for nobody. */
function toRing({ eventName, dynamodb }: DynamoDBRecord): Ring[] {
  const { pk, sk } = dynamodb?.Keys ?? {};
  if (eventName === "REMOVE" || pk?.S === undefined || sk?.S === undefined) return [];
  const arrivedAtMs = (dynamodb?.ApproximateCreationDateTime ?? clock.now() / 1000) * 1000;
  const { shard, openedAtMs = arrivedAtMs } = parseLogKey(pk.S, sk.S);
  return [{ shard, openedAtMs }];
}
