/** The work queue: flushes one lane of a delivery stream, or one shard of its source (plan, put, advance). */
import { systemClock as clock } from "../src/clock.ts";
import { deliverConfig } from "../src/config.ts";
import { lenientErrorLog } from "../src/delivery/error-log/lenient.ts";
import { actingRole } from "../src/delivery/acting-role.ts";
import { deliver, type DeliverPorts } from "../src/delivery/deliver.ts";
import { flushMetrics } from "../src/delivery/flush-metrics.ts";
import { failureMetrics } from "../src/delivery/key-metrics.ts";
import { workerJq } from "../src/delivery/jq/worker-engine.ts";
import type { RedriveProgress } from "../src/delivery/redrive/redrive.ts";
import { flushFields, wakeUpFields } from "../src/delivery/report.ts";
import { cachedTables } from "../src/delivery/table-cache.ts";
import { failureFields } from "../src/observe/log.ts";
import { CLIENTS_MAX_COUNT } from "../src/limits.ts";
import { createBlockSeals } from "../src/log/block-seals.ts";
import { dataStreamArn, deliveryStreamArn } from "../src/operations/arn.ts";
import { systemRandom as random } from "../src/random.ts";
import {
  GLUE_CONFIG,
  LOGS_CONFIG,
  lambdaClient,
  PATIENT_KMS_CONFIG,
  patientDynamodbClient,
  s3Client,
  sharing,
  STS_CONFIG,
  sqsClient,
} from "../src/storage/clients.ts";
import { cloudWatchErrorLogOnDemand } from "../src/storage/cloudwatch-logs/on-demand.ts";
import { dynamodbDeliveryNotes } from "../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbRedrives } from "../src/storage/dynamodb/redrives.ts";
import { dynamodbReplays } from "../src/storage/dynamodb/replays.ts";
import { dynamodbStreams } from "../src/storage/dynamodb/streams.ts";
import { errorLogFile } from "../src/storage/error-log-file.ts";
import { glueOnDemand } from "../src/storage/glue/on-demand.ts";
import { streamKeys } from "../src/storage/kms/stream-keys.ts";
import { lambdaInvoker } from "../src/storage/lambda/invoker.ts";
import { eagerBodies } from "../src/storage/s3/bodies.ts";
import { Remembered } from "../src/storage/remembered.ts";
import { assumedRoles } from "../src/storage/sts/roles.ts";
import { bucketClients } from "../src/storage/s3/bucket-clients.ts";
import { s3ErrorObjects } from "../src/storage/s3/error-objects.ts";
import { s3Objects } from "../src/storage/s3/objects.ts";
import { s3Spool } from "../src/storage/s3/spool.ts";
import { usersBuckets } from "../src/storage/s3/users-buckets.ts";
import { sqsHideMessages } from "../src/storage/sqs/visibility.ts";
import { parseWakeUp } from "../src/storage/sqs/wake-queue.ts";
import { log } from "./shared.ts";
import { receiverPorts } from "./receiver-ports.ts";
import { workQueueHandler } from "./work-queue.ts";

const config = deliverConfig(process.env);
const client = patientDynamodbClient();
const pathStyle = process.env["AWS_ENDPOINT_URL_S3"] !== undefined;
const s3 = s3Client({ pathStyle });
const lambda = lambdaClient();
const roles = assumedRoles({
  ...config,
  actingRole: (roleArn) => actingRole(config.assumableRoles, roleArn),
  client: STS_CONFIG,
  clock,
});
const lambdas = new Remembered<typeof lambda>(CLIENTS_MAX_COUNT);
const credentialsUnder = (roleArn: string | undefined) =>
  roleArn === undefined ? {} : { credentials: roles.credentialsOf(roleArn) };
const ownersLog =
  config.errorLogFile === undefined
    ? cloudWatchErrorLogOnDemand(LOGS_CONFIG)
    : errorLogFile(config.errorLogFile);
const buckets = usersBuckets(
  bucketClients(roles, ({ region, roleArn }) =>
    s3Client({
      pathStyle,
      ...sharing(s3),
      ...(region !== undefined && { region }),
      ...credentialsUnder(roleArn),
    }),
  ),
  config,
);
const objects = s3Objects(buckets);

const ports: DeliverPorts = {
  log: dynamodbLog({ client, ...config }),
  readers: dynamodbReaders({ client, ...config }),
  deliveryStreams: dynamodbDeliveryStreams({ client, ...config }),
  dataStreams: dynamodbStreams({ client, ...config }),
  bodies: eagerBodies(s3, config.logBucket, random),
  seals: createBlockSeals(streamKeys(config, PATIENT_KMS_CONFIG, random), clock, random),
  objects,
  deliveryNotes: dynamodbDeliveryNotes({ client, ...config }),
  replays: dynamodbReplays({ client, ...config }),
  invoker: lambdaInvoker(lambda, clock, (roleArn) => {
    const role = roles.assumed(roleArn);
    if (role === undefined) return lambda;
    return lambdas.getOrMake(role, () =>
      lambdaClient({ ...sharing(lambda), ...credentialsUnder(role) }),
    );
  }),
  tables: cachedTables(glueOnDemand(GLUE_CONFIG, roles), clock),
  redrives: dynamodbRedrives({ client, ...config }),
  redriveReaders: dynamodbReaders<RedriveProgress>({ client, ...config }),
  errorObjects: s3ErrorObjects(buckets),
  errorLog: lenientErrorLog(ownersLog, clock, (place, failure) =>
    log.warn("error_log_refused", { ...place, ...failureFields(failure) }),
  ),
  receivers: receiverPorts({ config, roles, clock, buckets, objects }),
  jq: workerJq({ clock }),
  spool: s3Spool(s3, config.logBucket, random),
  region: config.region,
  deliveryStreamArn: (name: string) => deliveryStreamArn(config, name),
  dataStreamArn: (name: string) => dataStreamArn(config, name),
  report(flush) {
    const nowMs = clock.now();
    const event = flush.isFailed ? "flush_held_up" : "flush";
    log.info(event, flushFields(flush, nowMs), flushMetrics(flush, nowMs));
  },
  clock,
  random,
};

/** Left for the last PUT and the checkpoint when a run comes near the function's time limit. */
const TIME_RESERVE_MS = 30_000;

export const handler = workQueueHandler({
  hideMessages: sqsHideMessages(sqsClient(), config.deliverQueueUrl),
  timeReserveMs: TIME_RESERVE_MS,
  failedEvent: "flush_failed",
  open(body) {
    const wakeUp = parseWakeUp(body);
    const fields = wakeUpFields(wakeUp);
    return {
      fields,
      measured: (failure) => failureMetrics(fields.deliveryStreamName, failure),
      run: (options) => deliver(ports, { ...options, wakeUp }),
    };
  },
});
