/** What operations on data streams and mappings work with, for the entry points that serve them. */
import { systemClock as clock } from "../src/clock.ts";
import { apiConfig } from "../src/config.ts";
import type { Progress } from "../src/consumer/progress.ts";
import { workerJq } from "../src/delivery/jq/worker-engine.ts";
import { laneMeter } from "../src/delivery/lane-meter.ts";
import type { RedriveProgress } from "../src/delivery/redrive/redrive.ts";
import { createAppender } from "../src/log/append.ts";
import { createBlockSeals } from "../src/log/block-seals.ts";
import { rememberSeconds } from "../src/log/shard-seconds.ts";
import type { MappingContext } from "../src/operations/context.ts";
import { putQuotaOf } from "../src/operations/firehose/quotas.ts";
import { streamCache } from "../src/operations/stream-cache.ts";
import { dataStreamCache } from "../src/operations/data-stream-cache.ts";
import { systemRandom as random } from "../src/random.ts";
import { LEFT_BY_CALLS } from "../src/readers/sweep-notes.ts";
import { SweepSwitch } from "../src/readers/sweep-switch.ts";
import {
  dynamodbClient,
  eventBridgeClient,
  KMS_CONFIG,
  promptS3Client,
  sqsClient,
} from "../src/storage/clients.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../src/storage/dynamodb/mappings.ts";
import { promptCalls } from "../src/storage/dynamodb/prompt-calls.ts";
import { dynamodbProofs } from "../src/storage/dynamodb/proofs.ts";
import { dynamodbReadWindows } from "../src/storage/dynamodb/read-windows.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbRedrives } from "../src/storage/dynamodb/redrives.ts";
import { dynamodbReplays } from "../src/storage/dynamodb/replays.ts";
import { dynamodbSweepNotes } from "../src/storage/dynamodb/sweep-notes.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { streamKeys } from "../src/storage/kms/stream-keys.ts";
import { eagerBodies, promptBodyPut } from "../src/storage/s3/bodies.ts";
import { sqsMappingQueue } from "../src/storage/sqs/mapping-queue.ts";
import { sqsWakeQueue } from "../src/storage/sqs/wake-queue.ts";
import { readTargetRules } from "../src/targets/read-rules.ts";

export const config = apiConfig(process.env);
const { accountId, region, transitionDelayMs } = config;
const targets = readTargetRules(process.env, config);
export const dynamodb = dynamodbClient();
const pathStyle = process.env["AWS_ENDPOINT_URL_S3"] !== undefined;
export const s3 = promptS3Client({ pathStyle });
export const tables = { client: dynamodb, ...config };
const dataStreams = dynamodbStreams(tables);
// A producer that waits is not kept waiting for a hole to be closed either.
const log = dynamodbLog({ ...tables, fillCalls: promptCalls(dynamodb) });
const meter = laneMeter(clock);
const bodies = eagerBodies(s3, config.logBucket, random);
const seals = createBlockSeals(streamKeys(config, KMS_CONFIG, random), clock, random);
const append = {
  log: meter.watch(rememberSeconds(log, clock)),
  bodies: { ...bodies, put: promptBodyPut(s3, config.logBucket, random) },
  clock,
  random,
  ...(config.producerDeduplication === "on" && { proofs: dynamodbProofs(tables) }),
};

const sweep = new SweepSwitch({
  notes: dynamodbSweepNotes(tables),
  rule: eventBridgeSweepRule(eventBridgeClient(), config.sweepRule),
  clock,
  random,
});

/** All but the secret that seals iterators and tokens, which not every entry point may read. */
export const mappingContext: Omit<MappingContext, "tokenSecret"> = {
  accountId,
  region,
  clock,
  random,
  dataStreams,
  dataStreamCache: dataStreamCache({ dataStreams, log, clock, transitionDelayMs }),
  log,
  bodies,
  seals,
  append,
  dryRunWindows: dynamodbReadWindows(tables),
  blockExpiry: log,
  sweepRule: { enable: () => sweep.callFor(LEFT_BY_CALLS) },
  transitionDelayMs,
  shardsMaxCount: config.shardsMaxCount,
  targets,
  mappings: dynamodbMappings(tables),
  mappingsMaxCount: config.mappingsMaxCount,
  mappingQueue: sqsMappingQueue({ client: sqsClient(), queueUrl: config.consumeQueueUrl }),
  consumerReaders: dynamodbReaders<Progress>(tables),
};

const deliveryStreams = dynamodbDeliveryStreams(tables);
const readers = dynamodbReaders(tables);

/** What operations on delivery streams work with beside it. */
export const deliveryContext = {
  deliveryStreams,
  targets,
  seals,
  appender: createAppender(append),
  streamCache: streamCache(deliveryStreams, clock),
  laneMeter: meter,
  readers,
  deliveryReaders: readers,
  deliverQueue: sqsWakeQueue({ client: sqsClient(), queueUrl: config.deliverQueueUrl }),
  jq: workerJq({ clock }),
  isStrict: config.awsLimits === "strict",
  ...(config.awsLimits === "strict" && {
    controlWindows: dynamodbReadWindows(tables),
    putQuota: putQuotaOf(region),
  }),
  deliveryStreamsMaxCount: config.deliveryStreamsMaxCount,
  replays: dynamodbReplays(tables),
  redrives: dynamodbRedrives(tables),
  redriveReaders: dynamodbReaders<RedriveProgress>(tables),
};
