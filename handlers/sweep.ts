/**
 * Once a minute while there is work for it: repairs lost wake-ups in shards that are noted because a buffer is open or a
 * consumer behind; and where calls may have left something, asks again for the rest of changes of mappings, and goes on
 * with what calls on streams had no time for. It switches itself off when no note is left.
 */
import middy from "@middy/core";
import { systemClock as clock } from "../src/clock.ts";
import { sweepConfig } from "../src/config.ts";
import {
  allMappings,
  leftReaders,
  type MappingSweepPorts,
  pausedReaders,
  sweepMappings,
} from "../src/consumer/sweep-mappings.ts";
import { wakeRoute } from "../src/consumer/wake-route.ts";
import {
  type StreamSweepPorts,
  noteSeveralLanes,
  sweepDeliveryStreams,
  sweepRetentions,
} from "../src/delivery/sweep-streams.ts";
import { type ReplayPorts, settleReplays } from "../src/delivery/replay/lifecycle.ts";
import { failureFields } from "../src/observe/log.ts";
import { STREAMS_SWEEP_BUDGET_MS } from "../src/limits.ts";
import { dataStreamCache } from "../src/operations/data-stream-cache.ts";
import { sweepLeftovers } from "../src/readers/left-by-calls.ts";
import { pruneShards } from "../src/readers/prune.ts";
import { type NoteSweepPorts, sweepShards } from "../src/readers/sweep.ts";
import { switchByNeed } from "../src/readers/sweep-switch.ts";
import { finishStreams, type UnfinishedPorts } from "../src/streams/unfinished.ts";
import { systemRandom as random } from "../src/random.ts";
import {
  dynamodbClient,
  eventBridgeClient,
  promptS3Client,
  sqsClient,
} from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../src/storage/dynamodb/mappings.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbReplays } from "../src/storage/dynamodb/replays.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { dynamodbSweepNotes } from "../src/storage/dynamodb/sweep-notes.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { s3Bodies } from "../src/storage/s3/bodies.ts";
import { sqsMappingQueue } from "../src/storage/sqs/mapping-queue.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";

const config = sweepConfig(process.env);
const pathStyle = process.env["AWS_ENDPOINT_URL_S3"] !== undefined;
const client = dynamodbClient();
const sqs = sqsClient();
const mappings = dynamodbMappings({ client, ...config });
const { transitionDelayMs } = config;
const dataStreams = dynamodbStreams({ client, ...config });
const shardLog = dynamodbLog({ client, ...config });
const streams = dataStreamCache({ dataStreams, log: shardLog, clock, transitionDelayMs });
const ports = {
  deliveryStreams: dynamodbDeliveryStreams({ client, ...config }),
  dataStreams,
  view: (name: string) => streams.refresh(name),
  log: shardLog,
  readers: dynamodbReaders({ client, ...config }),
  replays: dynamodbReplays({ client, ...config }),
  queue: wakeRoute({
    consume: sqsWakeQueue({ client: sqs, queueUrl: config.consumeQueueUrl }),
    deliver: sqsWakeQueue({ client: sqs, queueUrl: config.deliverQueueUrl }),
  }),
  notes: dynamodbSweepNotes({ client, ...config }),
  mappingQueue: sqsMappingQueue({ client: sqs, queueUrl: config.consumeQueueUrl }),
  clock,
  reportFailure: (place: string, error: unknown) =>
    log.error("sweep_failed", { place, ...failureFields(error) }),
} satisfies StreamSweepPorts & ReplayPorts & MappingSweepPorts & NoteSweepPorts<never>;
const unfinished = {
  dataStreams,
  log: shardLog,
  blockExpiry: shardLog,
  bodies: s3Bodies(promptS3Client({ pathStyle }), config.logBucket, random),
  clock,
  transitionDelayMs,
  reportFailure: ({ name }, error) =>
    log.error("sweep_failed", { stream: name, ...failureFields(error) }),
} satisfies Omit<UnfinishedPorts, "prune">;
const rule = eventBridgeSweepRule(eventBridgeClient(), config.sweepRule);

export const handler = middy().handler(() => switchByNeed({ ...ports, rule }, sweep));

/** Answers whether there is more to do, now or later. */
async function sweep(): Promise<boolean> {
  const deadlineMs = clock.now() + STREAMS_SWEEP_BUDGET_MS;
  const notes = await ports.notes.list();
  const awake = { ...ports, isPaused: pausedReaders(mappings) };
  await noteSeveralLanes({ ...ports, random }, notes);
  const isAnyOpen = await sweepShards(awake, notes);
  const isAnyLeft = await sweepLeftovers(ports, notes, () => finishAll(deadlineMs));
  return isAnyOpen || isAnyLeft;
}

/** What calls left to be done, wherever it is. Answers whether nothing is left. */
async function finishAll(deadlineMs: number): Promise<boolean> {
  const isAnyDelivery = await sweepDeliveryStreams(ports, deadlineMs);
  const isAnyRaised = await sweepRetentions({ ...unfinished, ...ports }, deadlineMs);
  const isAnyReplay = await settleReplays(ports, deadlineMs);
  const known = await allMappings(mappings);
  const isAnyMapping = await sweepMappings(ports, known);
  const pruned = { ...ports, isNobodys: leftReaders(known) };
  const isAllDone = await finishStreams(
    { ...unfinished, prune: (stream, untilMs) => pruneShards(pruned, stream, untilMs) },
    deadlineMs,
  );
  return !isAnyDelivery && !isAnyRaised && !isAnyReplay && !isAnyMapping && isAllDone;
}
