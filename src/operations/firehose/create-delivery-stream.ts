/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
 *
 * A Direct PUT stream, its lane and its readers are made in one step; one with a source has a reader per shard. In
 * either case it is ACTIVE when the call returns, unless the shards are thousands: those the sweep goes on with.
 */
import type { CreateDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { type DeliveryStream, laneKeys } from "../../delivery/delivery-stream.ts";
import { encryptedFromBirth, started } from "../../delivery/encryption.ts";
import { laneReaders } from "../../delivery/lane-change.ts";
import { firstLanes } from "../../delivery/lanes.ts";
import { paused } from "../../delivery/pause.ts";
import { createWithSource } from "../../delivery/source/lifecycle.ts";
import { keptFor } from "../../delivery/retention.ts";
import { randomHex } from "../../random.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { createInput, type CreateInput } from "./create-input.ts";
import { givenDestination, readDestination, targetsOf } from "./destination.ts";
import { readKey, tryOutKey } from "./encryption.ts";
import {
  findKinesisSource,
  type FoundSource,
  lifecyclePorts,
  rightsToCreate,
  type SourceStart,
} from "./kinesis-source.ts";
import { checkQuery } from "./dynamic-partitioning.ts";
import { checkTargets } from "./named-targets.ts";
import { checkStreamQuota } from "./quotas.ts";
import { deliveryStreamExists } from "./refusals.ts";
import { checkSource, refuseOtherSources } from "./source.ts";
import { withTags } from "./tags.ts";
import { rightsToUseNew } from "./use-rights.ts";

export const GENERATION_BYTES = 8;

export const createDeliveryStream = operation({
  input: createInput,
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: (request, context: DeliveryStreamContext) => [
    ...rightsToCreate(request, context),
    ...rightsToUseNew(request, context),
  ],
  async handle(request, context: DeliveryStreamContext) {
    const generation = randomHex(context.random, GENERATION_BYTES);
    await makeDeliveryStream(generation, request, context);
    return {
      DeliveryStreamARN: deliveryStreamArn(context, request.DeliveryStreamName),
    } satisfies CreateDeliveryStreamOutput;
  },
});

/** What Firehose does not know of. */
export interface OwnMembers extends SourceStart {
  /** Of Direct PUT. */
  readonly RetentionPeriodHours?: number;
  /** It takes records and delivers none, from the beginning. */
  readonly Paused?: boolean;
}

/** `generation`: the same of a request that may come again makes nothing twice. */
export async function makeDeliveryStream(
  generation: string,
  request: CreateInput,
  context: DeliveryStreamContext,
  own: OwnMembers = {},
): Promise<DeliveryStream> {
  const { RetentionPeriodHours: hours, Paused: isPaused = false, ...start } = own;
  const plain = await newStream(generation, request, context);
  const kept = hours === undefined ? plain : keptFor(plain, hours);
  const described = isPaused ? paused(kept, kept.createdAtMs) : kept;
  await checkStreamQuota(described.name, context);
  const stream = await keyTried(described, context);
  const outcome = await create(stream, await findKinesisSource(request, context, start), context);
  context.streamCache.forget(stream.name);
  if (outcome === "exists") throw deliveryStreamExists(stream.name, context.accountId);
  if (outcome === "creating") await context.sweepRule.enable();
  return stream;
}

/** One whose key cannot be used is CREATING_FAILED: it has no lane, and its name is taken until it is deleted. */
async function keyTried(
  stream: DeliveryStream,
  context: DeliveryStreamContext,
): Promise<DeliveryStream> {
  const { encryption, ...rest } = stream;
  if (encryption?.key === undefined) return stream;
  const refusal = await tryOutKey(stream, encryption.key, context);
  if (refusal === undefined) return stream;
  const { kind: _kind, ...creationFailure } = refusal;
  const nowMs = stream.createdAtMs;
  return {
    ...rest,
    lanes: { ...firstLanes(nowMs), open: [] },
    encryption: { ...started(undefined, encryption.key, refusal, nowMs), calledAtMs: [] },
    creationFailure,
  };
}

function create(
  stream: DeliveryStream,
  found: FoundSource | undefined,
  context: DeliveryStreamContext,
): Promise<"created" | "creating" | "exists"> {
  if (found === undefined) {
    return context.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  }
  const { source, view } = found;
  const transition = { kind: "creating", sinceMs: stream.createdAtMs } as const;
  const { lanes: _none, ...rest } = stream;
  return createWithSource(lifecyclePorts(context), { ...rest, source, transition }, view);
}

/** What a request describes, but for the data stream it may read. Refuses what cannot be had. */
export async function newStream(
  generation: string,
  request: CreateInput,
  context: DeliveryStreamContext,
): Promise<DeliveryStream> {
  const nowMs = context.clock.now();
  const given = givenDestination(request);
  checkSource(request, context);
  const parts = readDestination(given, { nowMs, isStrict: context.isStrict === true });
  checkTargets(targetsOf(given, context), context);
  refuseOtherSources(request);
  const encryption = request.DeliveryStreamEncryptionConfigurationInput;
  const hintMiB = request.DirectPutSourceConfiguration?.ThroughputHintInMBs;
  const stream: DeliveryStream = {
    name: request.DeliveryStreamName,
    generation,
    versionId: 1,
    createdAtMs: nowMs,
    lanes: firstLanes(nowMs),
    ...parts,
    ...(request.Tags && { tags: withTags({}, request.Tags) }),
    ...(encryption && { encryption: encryptedFromBirth(readKey(encryption, context), nowMs) }),
    ...(hintMiB !== undefined && { throughputHintMiB: hintMiB }),
  };
  await checkQuery(stream, context.jq);
  return stream;
}
