/**
 * The log table's stream: which readers have work now, and which buffers want a timer. A ring that fails comes again
 * through a queue of its own, one message each, so that neither the batch's other rings nor what follows it wait.
 */
import middy from "@middy/core";
import type {
  Context,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from "aws-lambda";
import { systemClock as clock } from "../src/clock.ts";
import { doorbellConfig } from "../src/config.ts";
import { wakeRoute } from "../src/consumer/wake-route.ts";
import { failureFields } from "../src/observe/log.ts";
import { answerRings, groupRings, type Ring } from "../src/readers/rings.ts";
import { systemRandom as random } from "../src/random.ts";
import { SweepSwitch } from "../src/readers/sweep-switch.ts";
import { rememberWakes } from "../src/readers/unnoted-wakes.ts";
import { answerDoorbell } from "../src/readers/wake.ts";
import { dynamodbClient, eventBridgeClient, sqsClient } from "../src/storage/clients.ts";
import { parseLogKey } from "../src/storage/dynamodb/keys.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbSweepNotes } from "../src/storage/dynamodb/sweep-notes.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { parseRing, sqsRingQueue } from "../src/storage/sqs/ring-queue.ts";
import { sqsHideMessages } from "../src/storage/sqs/visibility.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";
import { workQueueHandler } from "./work-queue.ts";

const config = doorbellConfig(process.env);
const client = dynamodbClient();
const sqs = sqsClient();
const ports = {
  log: dynamodbLog({ client, ...config }),
  readers: rememberWakes(dynamodbReaders({ client, ...config }), clock),
  queue: wakeRoute({
    consume: sqsWakeQueue({ client: sqs, queueUrl: config.consumeQueueUrl }),
    deliver: sqsWakeQueue({ client: sqs, queueUrl: config.deliverQueueUrl }),
  }),
  sweep: new SweepSwitch({
    notes: dynamodbSweepNotes({ client, ...config }),
    rule: eventBridgeSweepRule(eventBridgeClient(), config.sweepRule),
    clock,
    random,
  }),
  clock,
};

const FAILED_EVENT = "ring_failed";

const ringing = {
  ringQueue: sqsRingQueue({ client: sqs, queueUrl: config.ringQueueUrl }),
  answer: ({ shard, openedAtMs }: Ring) => answerDoorbell(ports, shard, openedAtMs),
  reportFailure: ({ shard }: Ring, error: unknown) =>
    log.error(FAILED_EVENT, { shard, ...failureFields(error) }),
};

/** Rings that come again. */
const serveQueue = workQueueHandler({
  hideMessages: sqsHideMessages(sqs, config.ringQueueUrl),
  timeReserveMs: 0,
  failedEvent: FAILED_EVENT,
  open(body) {
    const ring = parseRing(body);
    const answer = async () => {
      await ringing.answer(ring);
      return { kind: "done" } as const;
    };
    return { fields: { shard: ring.shard }, run: answer };
  },
});

export const handler = middy<
  DynamoDBStreamEvent | SQSEvent,
  SQSBatchResponse | undefined
>().handler(async (event, context: Context) => {
  if (isOfQueue(event)) return serveQueue(event, context);
  const rings = groupRings(event.Records.flatMap(toRing));
  if (rings.length === 0) return undefined;
  await answerRings(ringing, rings);
  return undefined;
});

function isOfQueue(event: DynamoDBStreamEvent | SQSEvent): event is SQSEvent {
  const [first] = event.Records;
  return first !== undefined && "receiptHandle" in first;
}

/** TTL's removals ring for nobody. */
function toRing({ eventName, dynamodb }: DynamoDBRecord): Ring[] {
  const { pk, sk } = dynamodb?.Keys ?? {};
  if (eventName === "REMOVE" || pk?.S === undefined || sk?.S === undefined) return [];
  const arrivedAtMs = (dynamodb?.ApproximateCreationDateTime ?? clock.now() / 1000) * 1000;
  const { shard, openedAtMs = arrivedAtMs } = parseLogKey(pk.S, sk.S);
  return [{ shard, openedAtMs }];
}
