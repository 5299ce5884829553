/** The consume queue: feeds one shard to one mapping's function, in order; or does what a change of a mapping left. */
import { systemClock as clock } from "../src/clock.ts";
import { consumeConfig } from "../src/config.ts";
import { type LifecyclePorts, settleMapping } from "../src/consumer/lifecycle.ts";
import { consumeFields, consumeMetrics } from "../src/consumer/metrics.ts";
import type { Progress } from "../src/consumer/progress.ts";
import { consume, type ConsumePorts } from "../src/consumer/run.ts";
import { createBlockSeals } from "../src/log/block-seals.ts";
import { rememberBlocks } from "../src/log/remembered-blocks.ts";
import { dataStreamArn } from "../src/operations/arn.ts";
import { systemRandom as random } from "../src/random.ts";
import {
  PATIENT_KMS_CONFIG,
  patientDynamodbClient,
  patientLambdaClient,
  s3Client,
  sqsClient,
} from "../src/storage/clients.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../src/storage/dynamodb/mappings.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { failureDestination } from "../src/storage/failure-destination.ts";
import { streamKeys } from "../src/storage/kms/stream-keys.ts";
import { lambdaBatchInvoker } from "../src/storage/lambda/batch-invoker.ts";
import { eagerBodies } from "../src/storage/s3/bodies.ts";
import { oneClient } from "../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../src/storage/s3/objects.ts";
import { usersBuckets } from "../src/storage/s3/users-buckets.ts";
import { parseMappingMessage } from "../src/storage/sqs/mapping-queue.ts";
import { sqsHideMessages } from "../src/storage/sqs/visibility.ts";
import { parseWakeUp } from "../src/storage/sqs/wake-queue.ts";
import { shardLookup } from "../src/streams/shard-lookup.ts";
import { parseDataShardKey } from "../src/streams/stream.ts";
import { log } from "./shared.ts";
import { workQueueHandler } from "./work-queue.ts";

const config = consumeConfig(process.env);
const tables = { client: patientDynamodbClient(), ...config };
const s3 = s3Client({ pathStyle: process.env["AWS_ENDPOINT_URL_S3"] !== undefined });
const sqs = sqsClient();
const dataStreams = dynamodbStreams(tables);
const shardLog = rememberBlocks(dynamodbLog(tables));
const { transitionDelayMs } = config;
const ports = {
  log: shardLog,
  bodies: eagerBodies(s3, config.logBucket, random),
  seals: createBlockSeals(streamKeys(config, PATIENT_KMS_CONFIG, random), clock, random),
  readers: dynamodbReaders<Progress>(tables),
  mappings: dynamodbMappings(tables),
  dataStreams,
  streams: shardLookup({ dataStreams, log: shardLog, clock, transitionDelayMs }),
  invoker: lambdaBatchInvoker(patientLambdaClient(), clock),
  destination: failureDestination({ sqs, objects: s3Objects(usersBuckets(oneClient(s3), config)) }),
  region: config.region,
  roleArn: config.consumeRoleArn,
  streamArn: (name: string) => dataStreamArn(config, name),
  report: (run) => log.info("consume", consumeFields(run), consumeMetrics(run)),
  clock,
  random,
} satisfies ConsumePorts & LifecyclePorts;

export const handler = workQueueHandler({
  hideMessages: sqsHideMessages(sqs, config.consumeQueueUrl),
  // A run keeps a reserve of its own, by how long its function takes.
  timeReserveMs: 0,
  failedEvent: "consume_failed",
  open(body) {
    const mapping = parseMappingMessage(body);
    if (mapping !== undefined) {
      const settle = () => settleMapping(ports, mapping);
      return { fields: { mapping }, run: async () => (await settle(), { kind: "done" }) };
    }
    const wakeUp = parseWakeUp(body);
    const streamName = parseDataShardKey(wakeUp.shard)?.name;
    return {
      fields: { streamName, ...wakeUp },
      run: (options) => consume(ports, { ...options, wakeUp }),
    };
  },
});
