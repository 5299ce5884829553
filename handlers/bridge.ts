/** A bridge: what services of AWS bring it, it puts into the stream that `bridges.yml` names for it. */
import type { Context } from "aws-lambda";
import middy from "@middy/core";
import { authorizeAccount } from "../src/auth/authorize.ts";
import { keepAside } from "../src/bridge/aside.ts";
import { deliveryTarget } from "../src/bridge/delivery-target.ts";
import { bridgeMetrics, gathered } from "../src/bridge/metrics.ts";
import { type BridgeAnswer, serveEvent, type ServePorts } from "../src/bridge/serve.ts";
import { bridgeOf, type BridgeSettings, readSettings } from "../src/bridge/settings.ts";
import { streamTarget } from "../src/bridge/stream-target.ts";
import { ServiceError } from "../src/errors.ts";
import { BRIDGE_TIME_RESERVE_MS } from "../src/limits.ts";
import type { Measured } from "../src/metrics.ts";
import { failureFields } from "../src/observe/log.ts";
import { dataStreamArn, deliveryStreamArn } from "../src/operations/arn.ts";
import { resourceFacts } from "../src/operations/resource-facts.ts";
import { oneClient } from "../src/storage/s3/bucket-clients.ts";
import { s3Objects } from "../src/storage/s3/objects.ts";
import { config, deliveryContext, mappingContext, s3 } from "./mapping-context.ts";
import { log } from "./shared.ts";

/** Nothing that is put hands out iterators or tokens, so the secret that seals them is not asked for. */
const shared = { ...mappingContext, ...deliveryContext, tokenSecret: new Uint8Array() };
const objects = s3Objects(oneClient(s3));
const { clock, random, accountId } = shared;

export const handler = middy<unknown, BridgeAnswer>().handler(async (event, context: Context) => {
  // Offline all bridges share a process.
  const settings = readSettings(bridgeOf(context.functionName, config.stack), process.env);
  const { awsRequestId: requestId } = context;
  const remainingMs = context.getRemainingTimeInMillis() - BRIDGE_TIME_RESERVE_MS;
  const invocation = { requestId, deadlineMs: clock.now() + remainingMs };
  try {
    return await serveEvent(portsOf(settings, requestId), settings, event, invocation);
  } catch (error) {
    log.error("bridge_failed", { bridge: settings.bridge, requestId, ...failureFields(error) });
    throw error;
  }
});

function portsOf(settings: BridgeSettings, requestId: string): ServePorts {
  const { bridge } = settings;
  const measures: Measured[] = [];
  const called = { ...shared, measure: (...more: readonly Measured[]) => measures.push(...more) };
  const [target, access] = targetOf(settings, called);
  return {
    target,
    keepAside: keepAside(
      bridge,
      (key, body) =>
        objects.putIfAbsent(
          { bucket: config.deliveryBucket, key, contentType: "application/json" },
          body,
        ),
      clock,
    ),
    clock,
    random,
    // Whoever may invoke the function may put, but for what the policy of a stream denies everybody.
    authorize: () =>
      authorizeAccount([access], {
        accountId,
        nowMs: clock.now(),
        resources: (arn, asksTags) => resourceFacts(arn, asksTags, shared),
      }),
    report({ source, carried, durationMs }) {
      const { storedCount, keptCount, left, error } = carried;
      const fields = {
        bridge,
        requestId,
        source,
        storedCount,
        keptCount,
        leftCount: left.length,
        durationMs,
        error: error instanceof ServiceError ? error.name : undefined,
      };
      const unexpected =
        error === undefined || error instanceof ServiceError ? {} : failureFields(error);
      const write = left.length === 0 ? log.info : log.warn;
      write("bridge", { ...fields, ...unexpected }, bridgeMetrics(bridge, carried));
      for (const measured of gathered(measures)) {
        log.info("bridge_metrics", { bridge, requestId }, measured);
      }
    },
  };
}

function targetOf({ stream, deliveryStream }: BridgeSettings, context: typeof shared) {
  if (stream !== undefined) {
    const access = { action: "kinesis:PutRecords", resource: dataStreamArn(config, stream) };
    return [streamTarget(stream, context), access] as const;
  }
  const name = deliveryStream ?? "";
  const access = { action: "firehose:PutRecordBatch", resource: deliveryStreamArn(config, name) };
  return [deliveryTarget(name, context), access] as const;
}
