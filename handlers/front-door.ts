/** The operations behind the front door, with what they work on. */
import { awsIdentities } from "../src/auth/aws-identities.ts";
import { cachedAccessKeys } from "../src/auth/cached-keys.ts";
import { stsHost } from "../src/auth/identity-proof.ts";
import { keyUseNotes } from "../src/auth/key-use.ts";
import { keyRates } from "../src/auth/rates.ts";
import { cachedRoles } from "../src/auth/roles.ts";
import { systemClock as clock } from "../src/clock.ts";
import { largePlans } from "../src/delivery/large-plans.ts";
import type { DeliveryPlan } from "../src/delivery/plan.ts";
import { cachedTables } from "../src/delivery/table-cache.ts";
import { CALL_MAX_MS } from "../src/limits.ts";
import { createAudit } from "../src/observe/audit.ts";
import { createLog, failureFields } from "../src/observe/log.ts";
import { requestMeasures } from "../src/observe/request-measures.ts";
import { producerRequest } from "../src/operations/call-context.ts";
import type { HydrantContext, OperationContext } from "../src/operations/context.ts";
import { RECORD_CALLS } from "../src/operations/record-calls.ts";
import { resourceFacts } from "../src/operations/resource-facts.ts";
import { SERVICES } from "../src/operations/services.ts";
import { tokenSecret } from "../src/operations/token-secret.ts";
import { randomUuid, systemRandom as random } from "../src/random.ts";
import { dynamodbAccessKeys } from "../src/storage/dynamodb/access-keys.ts";
import { dynamodbDeliveryNotes } from "../src/storage/dynamodb/delivery-notes.ts";
import { dynamodbProofs } from "../src/storage/dynamodb/proofs.ts";
import { dynamodbRateAccounts } from "../src/storage/dynamodb/rate-accounts.ts";
import { dynamodbReadWindows } from "../src/storage/dynamodb/read-windows.ts";
import { dynamodbReaders } from "../src/storage/dynamodb/readers.ts";
import { dynamodbRoles } from "../src/storage/dynamodb/roles.ts";
import { dynamodbSecrets } from "../src/storage/dynamodb/secrets.ts";
import { dynamodbSubscriptions } from "../src/storage/dynamodb/subscriptions.ts";
import { GLUE_CONFIG, KMS_CONFIG, lambdaClient } from "../src/storage/clients.ts";
import { glueOnDemand } from "../src/storage/glue/on-demand.ts";
import { kmsSeal } from "../src/storage/kms/seal.ts";
import { lambdaInvoker } from "../src/storage/lambda/invoker.ts";
import { s3Spool } from "../src/storage/s3/spool.ts";
import { healthProbe, probeStorage } from "../src/storage/health.ts";
import { linesFile } from "../src/storage/lines-file.ts";
import { sealFromFile } from "../src/storage/seal.ts";
import { stsIdentities } from "../src/storage/sts/caller-identity.ts";
import { createDispatch } from "../src/wire/dispatch.ts";
import type { HttpRequest, HttpResponse } from "../src/wire/http.ts";
import { exchangeIdentity, isExchange } from "../src/wire/identity-exchange.ts";
import {
  config,
  deliveryContext,
  dynamodb,
  mappingContext,
  s3,
  tables,
} from "./mapping-context.ts";
import { log } from "./shared.ts";

const { accountId, region, subscriptionsMaxCount: maxCount } = config;
const subscriptions = dynamodbSubscriptions(tables);
const shared = {
  ...mappingContext,
  ...deliveryContext,
  assumableRoles: config.assumableRoles,
  deliveryReaders: largePlans(
    dynamodbReaders<DeliveryPlan>(tables),
    s3Spool(s3, config.logBucket, random),
  ),
  deliveryNotes: dynamodbDeliveryNotes(tables),
  proofIndex: dynamodbProofs(tables),
  tables: cachedTables(glueOnDemand(GLUE_CONFIG), clock),
  invoker: lambdaInvoker(lambdaClient(), clock),
  ...(config.readLimits === "aws" && { readWindows: dynamodbReadWindows(tables) }),
};

const seal = sealFromFile(config.sealKeyFile, random);
const secret = tokenSecret(dynamodbSecrets({ ...tables, ...(seal && { seal }) }), random);
const keySeal = seal ?? kmsSeal(KMS_CONFIG);
const accessKeys = dynamodbAccessKeys({ ...tables, seal: keySeal });
const noteUse = keyUseNotes(accessKeys, clock);
const stsEndpoint = new URL(config.stsEndpoint ?? `https://${stsHost(region)}`);
const identities = awsIdentities({
  roles: cachedRoles(dynamodbRoles({ ...tables, seal: keySeal, random }), clock),
  sts: stsIdentities(stsEndpoint),
  stsHost: stsEndpoint.host,
  region,
  clock,
  random,
});

const measures = requestMeasures<HttpRequest>();
const { audit: extent, auditFile } = config;
const audit = createAudit({
  log: auditFile === undefined ? log : createLog({ clock, write: keepLine(auditFile) }),
  clock,
  extent,
  recordCalls: RECORD_CALLS,
});

const dispatch = createDispatch<OperationContext & HydrantContext>({
  services: SERVICES,
  keys: cachedAccessKeys(accessKeys, clock),
  openSession: identities.openSession,
  accountId,
  region,
  clock,
  random,
  rates: keyRates(dynamodbRateAccounts(tables), clock),
  callMaxMs: CALL_MAX_MS,
  async contextFor(request, caller) {
    const call = producerRequest(request, caller);
    const { signal } = request;
    const { id, arn } = caller.accessKey;
    // What is of a session ends with it, and stands nowhere.
    const [sealing] = await Promise.all([secret(), arn === undefined ? noteUse(id) : undefined]);
    return {
      ...shared,
      tokenSecret: sealing,
      measure: measures.meterOf(request),
      ...(call && { producerRequest: call }),
      ...(signal && {
        push: { subscriptions, signal, ...(maxCount !== undefined && { maxCount }) },
      }),
    };
  },
  resources: resourceFacts,
  report({ failure, resource, caller, ...fields }, request) {
    const sourceIp = request.origin?.address;
    audit({
      ...fields,
      ...(resource !== undefined && { resource }),
      ...(caller !== undefined && { caller }),
      ...(sourceIp !== undefined && { sourceIp }),
    });
    if (failure === undefined) measures.write(log.info, request, fields);
    else measures.write(log.error, request, { ...fields, ...failureFields(failure) });
  },
});

/** What was done is answered all the same where no more finds room on a laptop's disk. */
function keepLine(file: string): (line: string) => void {
  const write = linesFile(file);
  return (line) => {
    try {
      write(line);
    } catch (error) {
      log.error("audit_lost", failureFields(error));
    }
  };
}

const isHealthy = healthProbe(() => probeStorage({ dynamodb, s3, ...config }), clock);

async function exchanged(request: HttpRequest): Promise<HttpResponse> {
  const startedAtMs = clock.now();
  const requestId = request.requestId ?? randomUuid(random);
  const { response, failure, ...outcome } = await exchangeIdentity(request, identities);
  const fields = {
    requestId,
    operation: "hydrant:GetCredentials",
    status: response.status,
    durationMs: clock.now() - startedAtMs,
    ...outcome,
  };
  const sourceIp = request.origin?.address;
  // A key that was made is told of each time.
  audit({ ...fields, resource: "*", ...(sourceIp !== undefined && { sourceIp }) });
  if (failure === undefined) log.info("request", fields);
  else log.error("request", { ...fields, ...failureFields(failure) });
  const headers = { "x-amzn-RequestId": requestId, Date: new Date(clock.now()).toUTCString() };
  return { ...response, headers: { ...headers, ...response.headers } };
}

/** `GET /health` and `POST /credentials`, whatever stands before it, need no key; everything else is a call. */
export async function serve(request: HttpRequest): Promise<HttpResponse> {
  if (isExchange(request)) return exchanged(request);
  const isProbe =
    request.method === "GET" && request.paths.some((path) => path.endsWith("/health"));
  if (!isProbe) return dispatch(request);
  const healthy = await isHealthy();
  return {
    status: healthy ? 200 : 503,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ healthy }),
  };
}
