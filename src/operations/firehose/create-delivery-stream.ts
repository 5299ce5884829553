/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
 *
 * A Direct PUT stream, its lane and its readers are made in one step; one with a source has a reader per shard. In
 * either case it is ACTIVE when the call returns, unless the shards are thousands: those the sweep goes on with.
 */
import type { CreateDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { type DeliveryStream, laneKeys } from "../../delivery/delivery-stream.ts";
import { laneReaders } from "../../delivery/lane-change.ts";
import { firstLanes } from "../../delivery/lanes.ts";
import { createWithSource } from "../../delivery/source/lifecycle.ts";
import { randomHex } from "../../random.ts";
import { operation } from "../../wire/operation.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { createInput, DESTINATIONS, type CreateInput } from "./create-input.ts";
import {
  findKinesisSource,
  type FoundSource,
  lifecyclePorts,
  rightsToRead,
} from "./kinesis-source.ts";
import { deliveryStreamExists, invalidArgument, notOfferedYet } from "./refusals.ts";
import { readExtended } from "./s3-destination.ts";
import { checkSource, refuseOtherSources } from "./source.ts";
import { withTags } from "./tags.ts";

const GENERATION_BYTES = 8;

export const createDeliveryStream = operation({
  input: createInput,
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: rightsToRead,
  async handle(request, context: DeliveryStreamContext) {
    const generation = randomHex(context.random, GENERATION_BYTES);
    await makeDeliveryStream(generation, request, context);
    return {
      DeliveryStreamARN: deliveryStreamArn(context, request.DeliveryStreamName),
    } satisfies CreateDeliveryStreamOutput;
  },
});

/** `generation`: the same of a request that may come again makes nothing twice. */
export async function makeDeliveryStream(
  generation: string,
  request: CreateInput,
  context: DeliveryStreamContext,
): Promise<void> {
  const stream = newStream(generation, request, context);
  const outcome = await create(stream, await findKinesisSource(request, context), context);
  context.streamCache.forget(stream.name);
  if (outcome === "exists") throw deliveryStreamExists(stream.name, context.accountId);
  if (outcome === "creating") await context.sweepRule.enable();
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
  const transition = { kind: "creating", sinceMs: source.startedAtMs } as const;
  const { lanes: _none, ...rest } = stream;
  return createWithSource(lifecyclePorts(context), { ...rest, source, transition }, view);
}

/** What a request describes, but for the data stream it may read. Refuses what cannot be had. */
export function newStream(
  generation: string,
  request: CreateInput,
  context: DeliveryStreamContext,
): DeliveryStream {
  const nowMs = context.clock.now();
  const destinationName = onlyDestination(request);
  checkSource(request, context.region);
  const configuration =
    request.ExtendedS3DestinationConfiguration ?? request.S3DestinationConfiguration;
  if (configuration === undefined) {
    throw notOfferedYet(destinationName, "use ExtendedS3DestinationConfiguration");
  }
  const extended = readExtended(configuration, destinationName, nowMs);
  refuseOtherSources(request);
  const hintMiB = request.DirectPutSourceConfiguration?.ThroughputHintInMBs;
  return {
    name: request.DeliveryStreamName,
    generation,
    versionId: 1,
    createdAtMs: nowMs,
    lanes: firstLanes(nowMs),
    ...extended,
    ...(request.Tags && { tags: withTags({}, request.Tags) }),
    ...(hintMiB !== undefined && { throughputHintMiB: hintMiB }),
  };
}

function onlyDestination(request: CreateInput): (typeof DESTINATIONS)[number] {
  const [name, ...others] = DESTINATIONS.filter((member) => request[member] !== undefined);
  if (name === undefined || others.length > 0) {
    throw invalidArgument("Exactly one destination configuration is supported for a Firehose");
  }
  return name;
}
