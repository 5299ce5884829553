/** AWS clients with the settings that Hydrant wants; endpoints and credentials come from the environment. */
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { FUNCTION_TIMEOUT_MAX_MS, TRANSFORM_TIMEOUT_MS } from "../limits.ts";

/** Waiting sockets are cheap, and a busy shard has many blocks under way, a consumer many lanes. */
const MAX_SOCKETS = 200;
/** Four of them fit into the api function's time. */
const REQUEST_TIMEOUT_MS = 5000;
const OBJECT_REQUEST_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 2000;
const LOGS_REQUEST_TIMEOUT_MS = 2000;

/** Refused for its rate, the SDK waits a second at most before the second, twice as long before each next, up to 20 s. */
export const WORKER_ATTEMPTS = 8;

const requestHandler = {
  throwOnRequestTimeout: true,
  httpsAgent: { maxSockets: MAX_SOCKETS },
  httpAgent: { maxSockets: MAX_SOCKETS },
  requestTimeout: REQUEST_TIMEOUT_MS,
  connectionTimeout: CONNECTION_TIMEOUT_MS,
};

/** The time for a request is over with the first byte of its answer; one that stands still then must end, too. */
const promptHandler = { ...requestHandler, socketTimeout: REQUEST_TIMEOUT_MS };

/** @param where other than the environment says */
export const dynamodbClient = (where: DynamoDBClientConfig = {}) =>
  new DynamoDBClient({ maxAttempts: 4, ...where, requestHandler: promptHandler });

/**
 * For workers, whom nobody waits for: refused for its rate, a request is repeated for about half a minute. Work that is
 * given up halfway is begun anew, which adds to what the table is too busy with.
 */
export const patientDynamodbClient = () => dynamodbClient({ maxAttempts: WORKER_ATTEMPTS });

interface S3Options {
  /** For endpoints that know no buckets as host names, such as the embedded S3. */
  readonly pathStyle: boolean;
}

/** For deliveries: large parts, and nobody waits. */
export const s3Client = ({ pathStyle, ...where }: S3Options & S3ClientConfig) =>
  new S3Client({
    requestHandler: { ...requestHandler, requestTimeout: OBJECT_REQUEST_TIMEOUT_MS },
    forcePathStyle: pathStyle,
    maxAttempts: 3,
    ...where,
  });

/** What another client of the same service takes over, so that all share one set of connections. */
export const sharing = <Handler>({ config }: { readonly config: { requestHandler: Handler } }) => ({
  requestHandler: config.requestHandler,
});

/** For block bodies of a few megabytes, while a caller waits. */
export const promptS3Client = ({ pathStyle, ...where }: S3Options & S3ClientConfig) =>
  new S3Client({
    ...where,
    requestHandler: promptHandler,
    forcePathStyle: pathStyle,
    maxAttempts: 2,
  });

export const sqsClient = () => new SQSClient({ requestHandler });

/** For `glueOnDemand`, which loads the client itself. */
export const GLUE_CONFIG = { requestHandler, maxAttempts: 4 };

/** Shorter than what a run waits for it, and for `cloudWatchErrorLogOnDemand`. */
export const LOGS_CONFIG = {
  requestHandler: { ...requestHandler, requestTimeout: LOGS_REQUEST_TIMEOUT_MS },
  maxAttempts: 2,
};

/** For `assumedRoles`, likewise. */
export const STS_CONFIG = { requestHandler, maxAttempts: 3 };

/** For `streamKeys`, which loads the client itself: while a producer waits, */
export const KMS_CONFIG = { requestHandler: promptHandler, maxAttempts: 2 };

/** and for readers. */
export const PATIENT_KMS_CONFIG = { requestHandler, maxAttempts: 4 };

/** One try: a request that arrives late would switch the sweep's rule off, or on, behind a later one. */
export const eventBridgeClient = () => new EventBridgeClient({ requestHandler, maxAttempts: 1 });

/** A function takes its time; the invoker's own limit comes before the client's, and repeats are its callers'. */
const INVOKER_GRACE_MS = 10_000;
const INVOKER_CONNECTION_TIMEOUT_MS = 5000;

const invokerClient = (timeLimitMs: number, where: LambdaClientConfig = {}) =>
  new LambdaClient({
    requestHandler: {
      ...requestHandler,
      requestTimeout: timeLimitMs + INVOKER_GRACE_MS,
      connectionTimeout: INVOKER_CONNECTION_TIMEOUT_MS,
    },
    maxAttempts: 1,
    ...where,
  });

/** For transforms. */
export const lambdaClient = (where: LambdaClientConfig = {}) =>
  invokerClient(TRANSFORM_TIMEOUT_MS, where);

/** For consumers' functions. */
export const patientLambdaClient = () => invokerClient(FUNCTION_TIMEOUT_MAX_MS);

/** For people who wait: to be told of functions, not to run them. */
export const eagerLambdaClient = () => new LambdaClient({ requestHandler, maxAttempts: 4 });
