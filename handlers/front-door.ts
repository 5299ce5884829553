/**
 * What the two front doors share: `api`, whose answers API Gateway gathers before it passes them on, and
 * `subscribe`, whose answers are streamed. Both serve the same operations under the same checks.
 */
import { cachedAccessKeys } from "../src/auth/cached-keys.ts";
import { keyUseNotes } from "../src/auth/key-use.ts";
import { systemClock as clock } from "../src/clock.ts";
import { failureFields } from "../src/observe/log.ts";
import { producerRequest } from "../src/operations/call-context.ts";
import type { MappingContext, OperationContext } from "../src/operations/context.ts";
import { SERVICES } from "../src/operations/services.ts";
import { streamCache } from "../src/operations/stream-cache.ts";
import { tokenSecret } from "../src/operations/token-secret.ts";
import { systemRandom as random } from "../src/random.ts";
import { dynamodbAccessKeys } from "../src/storage/dynamodb/access-keys.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbReadWindows } from "../src/storage/dynamodb/read-windows.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbSecrets } from "../src/storage/dynamodb/secrets.ts";
import { dynamodbSubscriptions } from "../src/storage/dynamodb/subscriptions.ts";
import { probeStorage } from "../src/storage/health.ts";
import { sealFromFile } from "../src/storage/seal.ts";
import { createDispatch } from "../src/wire/dispatch.ts";
import { config, dynamodb, mappingContext, s3, tables } from "./mapping-context.ts";
import { log } from "./shared.ts";

const { accountId, region } = config;
const deliveryStreams = dynamodbDeliveryStreams(tables);
const subscriptions = dynamodbSubscriptions(tables);
const shared = {
  ...mappingContext,
  deliveryStreams,
  streamCache: streamCache(deliveryStreams, clock),
  readers: dynamodbReaders(tables),
  ...(config.readLimits === "aws" && { readWindows: dynamodbReadWindows(tables) }),
};

const seal = sealFromFile(config.sealKeyFile, random);
const secretTables = { ...tables, ...(seal && { seal }) };
const secret = tokenSecret(dynamodbSecrets(secretTables), random);
const accessKeys = dynamodbAccessKeys(secretTables);
const noteUse = keyUseNotes(accessKeys, clock);

export const dispatch = createDispatch<OperationContext & MappingContext>({
  services: SERVICES,
  keys: cachedAccessKeys(accessKeys, clock),
  accountId,
  region,
  clock,
  random,
  async contextFor(request, caller) {
    const call = producerRequest(request, caller);
    const { signal } = request;
    const [sealing] = await Promise.all([secret(), noteUse(caller.accessKey)]);
    return {
      ...shared,
      tokenSecret: sealing,
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
