/** The environment, parsed once. A variable that is missing fails at start and is named. */
import {
  ACCOUNT_SHARD_LIMIT,
  DELIVERY_STREAMS_MAX_COUNT,
  MAPPINGS_MAX_COUNT,
  STREAM_TRANSITION_MAX_MS,
} from "./limits.ts";
type Environment = Readonly<Record<string, string | undefined>>;

/** `requireVariable(process.env, "HYDRANT_LOG_TABLE")` → its value, or an error that names it. */
function requireVariable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "") throw new Error(`${name} must be set`);
  return value;
}

/** A count of milliseconds, 0 or more, or `otherwise` where the variable is not set. */
function optionalMs(environment: Environment, name: string, otherwise: number): number {
  const text = environment[name];
  if (text === undefined || text === "") return otherwise;
  const max = STREAM_TRANSITION_MAX_MS;
  if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text);
  throw new Error(`${name} must be milliseconds, 0..${max}, got ${text}`);
}

/** A count of 1 or more, if the variable is set. */
function optionalCount(environment: Environment, name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`${name} must be a count, 1 or more, got ${text}`);
  return Number(text);
}

/** One of `words`, the first of them where the variable is not set. */
function optionalWord<const Word extends string>(
  environment: Environment,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = environment[name];
  if (text === undefined || text === "") return words[0];
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new Error(`${name} must be ${words.join(" or ")}, got ${text}`);
  return word;
}

export interface TableConfig {
  readonly logTable: string;
  readonly stateTable: string;
}

export interface BucketConfig extends TableConfig {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  readonly logBucket: string;
  /** Holds what all keys of encrypted streams follow from; absent: KMS has them. */
  readonly streamKeyFile?: string;
  /** What AWS_OWNED_CMK stands for: a key's id, ARN or alias. */
  readonly ownStreamKey: string;
  /** Of streams, whose rights their deliveries use: ARNs, in which `*` stands for any text. */
  readonly assumableRoles: readonly string[];
  /** On a laptop: deliveries may be sent to what runs there. */
  readonly mayReachLoopback: boolean;
}

const AWS_LIMITS = ["own", "strict"] as const;

const READ_LIMITS = ["off", "aws"] as const;

export type ReadLimits = (typeof READ_LIMITS)[number];

const RESPONSES = ["STREAM", "BUFFERED"] as const;

const DEDUPLICATION = ["on", "off"] as const;

const METRICS = ["on", "off"] as const;

const AUDIT = ["control", "all"] as const;

export interface MetricsConfig {
  /** Whether the lines of the log hold metrics for CloudWatch. */
  readonly metrics: (typeof METRICS)[number];
}

export interface ApiConfig extends BucketConfig {
  /** `hydrant-prod`: what the names of all its parts begin with. */
  readonly stack: string;
  /** What the deployment makes for deliveries. */
  readonly deliveryBucket: string;
  /** Holds the key that seals secrets in the state table; absent where the table itself is encrypted. */
  readonly sealKeyFile?: string;
  /** Of an emulator's STS, which confirms AWS identities; absent: AWS's own. */
  readonly stsEndpoint?: string;
  /** Whether answers are streamed where the runtime can, or gathered. */
  readonly responses: (typeof RESPONSES)[number];
  /** How many subscriptions run at once in all functions that share this bound; absent: no bound but Lambda's. */
  readonly subscriptionsMaxCount?: number;
  readonly consumeQueueUrl: string;
  readonly deliverQueueUrl: string;
  readonly sweepRule: string;
  /** Whether a producer's call that its SDK sends again is recognised, for one write more per call. */
  readonly producerDeduplication: (typeof DEDUPLICATION)[number];
  /** Whether the readers of a shard are limited as on AWS. */
  readonly readLimits: ReadLimits;
  /** Whether what is taken beyond AWS's own bounds is refused as AWS refuses it. */
  readonly awsLimits: (typeof AWS_LIMITS)[number];
  /** Whether calls on records have a line each in the audit, as all others do. */
  readonly audit: (typeof AUDIT)[number];
  /** Takes the audit; absent: it is part of the log. */
  readonly auditFile?: string;
  /** How many delivery streams there may be. */
  readonly deliveryStreamsMaxCount: number;
  /** How many event source mappings there may be. */
  readonly mappingsMaxCount: number;
  /** How many open shards all data streams may have together. */
  readonly shardsMaxCount: number;
  /** How long a change of a data stream shows as CREATING or UPDATING; it is done at once, so 0 unless asked for. */
  readonly transitionDelayMs: number;
}

export interface WakeConfig extends TableConfig {
  readonly deliverQueueUrl: string;
  readonly consumeQueueUrl: string;
  readonly sweepRule: string;
}

export interface DoorbellConfig extends WakeConfig {
  readonly ringQueueUrl: string;
}

export interface SweepConfig extends WakeConfig {
  readonly logBucket: string;
  readonly transitionDelayMs: number;
}

export interface DeliverConfig extends BucketConfig {
  readonly deliverQueueUrl: string;
  /** Takes the error events of delivery streams where there is no CloudWatch Logs. */
  readonly errorLogFile?: string;
  /** Holds the secrets that receivers are entered with, where there is no Secrets Manager. */
  readonly secretsFile?: string;
  /** Of an emulator's Secrets Manager; absent: AWS's own. */
  readonly secretsEndpoint?: string;
  /** Of an emulator's Redshift Data API; absent: AWS's own. */
  readonly redshiftDataEndpoint?: string;
  /** As the parameters list them: buckets and folders of Iceberg tables, and REST catalogs. */
  readonly icebergBuckets: readonly string[];
  readonly icebergCatalogs: string;
}

export interface ConsumeConfig extends BucketConfig {
  readonly consumeQueueUrl: string;
  /** Consumers' functions are told that their streams are read under it. */
  readonly consumeRoleArn: string;
  readonly transitionDelayMs: number;
}

function tableConfig(environment: Environment): TableConfig {
  return {
    logTable: requireVariable(environment, "HYDRANT_LOG_TABLE"),
    stateTable: requireVariable(environment, "HYDRANT_STATE_TABLE"),
  };
}

function bucketConfig(environment: Environment): BucketConfig {
  const streamKeyFile = environment["HYDRANT_STREAM_KEY_FILE"];
  return {
    ...tableConfig(environment),
    region: requireVariable(environment, "AWS_REGION"),
    accountId: requireVariable(environment, "HYDRANT_ACCOUNT_ID"),
    logBucket: requireVariable(environment, "HYDRANT_LOG_BUCKET"),
    ...(streamKeyFile && { streamKeyFile }),
    ownStreamKey: requireVariable(environment, "HYDRANT_OWN_STREAM_KEY"),
    assumableRoles: (environment["HYDRANT_ASSUMABLE_ROLES"] ?? "").split(",").filter(Boolean),
    mayReachLoopback: environment["HYDRANT_REACH"] === "loopback",
  };
}

export function apiConfig(environment: Environment): ApiConfig {
  const sealKeyFile = environment["HYDRANT_SEAL_KEY_FILE"];
  const stsEndpoint = environment["AWS_ENDPOINT_URL_STS"];
  const auditFile = environment["HYDRANT_AUDIT_FILE"];
  const subscriptionsMaxCount = optionalCount(environment, "HYDRANT_SUBSCRIPTIONS");
  return Object.freeze({
    ...bucketConfig(environment),
    stack: requireVariable(environment, "HYDRANT_STACK"),
    deliveryBucket: requireVariable(environment, "HYDRANT_DELIVERY_BUCKET"),
    ...(sealKeyFile && { sealKeyFile }),
    ...(stsEndpoint && { stsEndpoint }),
    responses: optionalWord(environment, "HYDRANT_RESPONSES", RESPONSES),
    ...(subscriptionsMaxCount !== undefined && { subscriptionsMaxCount }),
    consumeQueueUrl: requireVariable(environment, "HYDRANT_CONSUME_QUEUE_URL"),
    deliverQueueUrl: requireVariable(environment, "HYDRANT_DELIVER_QUEUE_URL"),
    sweepRule: requireVariable(environment, "HYDRANT_SWEEP_RULE"),
    producerDeduplication: optionalWord(
      environment,
      "HYDRANT_PRODUCER_DEDUPLICATION",
      DEDUPLICATION,
    ),
    readLimits: optionalWord(environment, "HYDRANT_READ_LIMITS", READ_LIMITS),
    awsLimits: optionalWord(environment, "HYDRANT_AWS_LIMITS", AWS_LIMITS),
    audit: optionalWord(environment, "HYDRANT_AUDIT", AUDIT),
    ...(auditFile && { auditFile }),
    deliveryStreamsMaxCount:
      optionalCount(environment, "HYDRANT_DELIVERY_STREAMS") ?? DELIVERY_STREAMS_MAX_COUNT,
    mappingsMaxCount: optionalCount(environment, "HYDRANT_MAPPINGS") ?? MAPPINGS_MAX_COUNT,
    shardsMaxCount: optionalCount(environment, "HYDRANT_SHARDS") ?? ACCOUNT_SHARD_LIMIT,
    transitionDelayMs: optionalMs(environment, "HYDRANT_STREAM_TRANSITION_MS", 0),
  });
}

function wakeConfig(environment: Environment): WakeConfig {
  return Object.freeze({
    ...tableConfig(environment),
    deliverQueueUrl: requireVariable(environment, "HYDRANT_DELIVER_QUEUE_URL"),
    consumeQueueUrl: requireVariable(environment, "HYDRANT_CONSUME_QUEUE_URL"),
    sweepRule: requireVariable(environment, "HYDRANT_SWEEP_RULE"),
  });
}

export function doorbellConfig(environment: Environment): DoorbellConfig {
  return Object.freeze({
    ...wakeConfig(environment),
    ringQueueUrl: requireVariable(environment, "HYDRANT_RING_QUEUE_URL"),
  });
}

export function sweepConfig(environment: Environment): SweepConfig {
  return Object.freeze({
    ...wakeConfig(environment),
    logBucket: requireVariable(environment, "HYDRANT_LOG_BUCKET"),
    transitionDelayMs: optionalMs(environment, "HYDRANT_STREAM_TRANSITION_MS", 0),
  });
}

export function metricsConfig(environment: Environment): MetricsConfig {
  return Object.freeze({ metrics: optionalWord(environment, "HYDRANT_METRICS", METRICS) });
}

export function deliverConfig(environment: Environment): DeliverConfig {
  const errorLogFile = environment["HYDRANT_ERROR_LOG_FILE"];
  const secretsFile = environment["HYDRANT_SECRETS_FILE"];
  const secretsEndpoint = environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"];
  const redshiftDataEndpoint = environment["AWS_ENDPOINT_URL_REDSHIFT_DATA"];
  return Object.freeze({
    ...bucketConfig(environment),
    deliverQueueUrl: requireVariable(environment, "HYDRANT_DELIVER_QUEUE_URL"),
    ...(errorLogFile && { errorLogFile }),
    ...(secretsFile && { secretsFile }),
    ...(secretsEndpoint && { secretsEndpoint }),
    ...(redshiftDataEndpoint && { redshiftDataEndpoint }),
    icebergBuckets: (environment["HYDRANT_ICEBERG_BUCKETS"] ?? "").split(",").filter(Boolean),
    icebergCatalogs: environment["HYDRANT_ICEBERG_CATALOGS"] ?? "",
  });
}

export function consumeConfig(environment: Environment): ConsumeConfig {
  return Object.freeze({
    ...bucketConfig(environment),
    consumeQueueUrl: requireVariable(environment, "HYDRANT_CONSUME_QUEUE_URL"),
    consumeRoleArn: requireVariable(environment, "HYDRANT_CONSUME_ROLE_ARN"),
    transitionDelayMs: optionalMs(environment, "HYDRANT_STREAM_TRANSITION_MS", 0),
  });
}
