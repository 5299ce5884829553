/**
 * What the two front doors share: `api`, whose answers API Gateway gathers before it passes them on, and
 * `subscribe`, whose answers are streamed. Both serve the same operations under the same checks.
 */
import { cachedAccessKeys } from "../src/auth/cached-keys.ts";
import { systemClock as clock } from "../src/clock.ts";
import { apiConfig } from "../src/config.ts";
import type { Progress } from "../src/consumer/progress.ts";
import { createAppender } from "../src/log/append.ts";
import { failureFields } from "../src/observe/log.ts";
import { producerRequest } from "../src/operations/call-context.ts";
import type { MappingContext, OperationContext } from "../src/operations/context.ts";
import { dataStreamCache } from "../src/operations/data-stream-cache.ts";
import { firehoseService } from "../src/operations/firehose/index.ts";
import { hydrantService } from "../src/operations/hydrant/index.ts";
import { kinesisService } from "../src/operations/kinesis/index.ts";
import { streamCache } from "../src/operations/stream-cache.ts";
import { tokenSecret } from "../src/operations/token-secret.ts";
import { systemRandom as random } from "../src/random.ts";
import {
  dynamodbClient,
  eventBridgeClient,
  promptS3Client,
  sqsClient,
} from "../src/storage/clients.ts";
import { dynamodbAccessKeys } from "../src/storage/dynamodb/access-keys.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbMappings } from "../src/storage/dynamodb/mappings.ts";
import { dynamodbReadWindows } from "../src/storage/dynamodb/read-windows.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbSecrets } from "../src/storage/dynamodb/secrets.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { dynamodbSubscriptions } from "../src/storage/dynamodb/subscriptions.ts";
import { eventBridgeSweepRule } from "../src/storage/eventbridge/sweep-rule.ts";
import { probeStorage } from "../src/storage/health.ts";
import { s3Bodies } from "../src/storage/s3/bodies.ts";
import { sqsMappingQueue } from "../src/storage/sqs/mapping-queue.ts";
import { createDispatch } from "../src/wire/dispatch.ts";
import { log } from "./shared.ts";

const config = apiConfig(process.env);
const { accountId, region, transitionDelayMs } = config;
const dynamodb = dynamodbClient();
const s3 = promptS3Client({ pathStyle: process.env["AWS_ENDPOINT_URL_S3"] !== undefined });
const tables = { client: dynamodb, ...config };
const deliveryStreams = dynamodbDeliveryStreams(tables);
const dataStreams = dynamodbStreams(tables);
const subscriptions = dynamodbSubscriptions(tables);
const shardLog = dynamodbLog(tables);
const bodies = s3Bodies(s3, config.logBucket, random);
const appender = createAppender({ log: shardLog, bodies, clock, random });
const shared = {
  accountId,
  region,
  clock,
  random,
  appender,
  deliveryStreams,
  streamCache: streamCache(deliveryStreams, clock),
  dataStreams,
  dataStreamCache: dataStreamCache({ dataStreams, log: shardLog, clock, transitionDelayMs }),
  log: shardLog,
  readers: dynamodbReaders(tables),
  bodies,
  ...(config.readLimits === "aws" && { readWindows: dynamodbReadWindows(tables) }),
  blockExpiry: shardLog,
  sweepRule: eventBridgeSweepRule(eventBridgeClient(), config.sweepRule),
  transitionDelayMs,
  mappings: dynamodbMappings(tables),
  mappingQueue: sqsMappingQueue({ client: sqsClient(), queueUrl: config.consumeQueueUrl }),
  consumerReaders: dynamodbReaders<Progress>(tables),
};

const secret = tokenSecret(dynamodbSecrets(tables), random);

export const dispatch = createDispatch<OperationContext & MappingContext>({
  services: [firehoseService, kinesisService, hydrantService],
  keys: cachedAccessKeys(dynamodbAccessKeys(tables), clock),
  accountId,
  region,
  clock,
  random,
  async contextFor(request, caller) {
    const call = producerRequest(request, caller);
    const { signal } = request;
    return {
      ...shared,
      tokenSecret: await secret(),
      ...(call && { producerRequest: call }),
      ...(signal && { push: { subscriptions, signal } }),
    };
  },
  report({ failure, ...fields }) {
    if (failure === undefined) log.info("request", fields);
    else log.error("request", { ...fields, ...failureFields(failure) });
  },
});

export function isStorageHealthy(): Promise<boolean> {
  return probeStorage({ dynamodb, s3, ...config });
}
