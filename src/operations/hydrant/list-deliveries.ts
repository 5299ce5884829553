/**
 * Not one of Firehose's: the flushes of a delivery stream, each with its stretch of the log, its objects and its counts.
 * Lane by lane from the one that was opened last, and in each from the latest flush on; also of lanes that are gone.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import type { FlushPlace } from "../../delivery/ports.ts";
import { type DeliveryReader, deliveryReaders } from "../../delivery/progress.ts";
import {
  LIST_DELIVERIES_DEFAULT_COUNT,
  LIST_DELIVERIES_LOOKS_MAX_COUNT,
  LIST_DELIVERIES_MAX_COUNT,
} from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryProgressContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { laneId, laneShard, parseLaneId } from "./lane-id.ts";
import { invalidParameter } from "./refusals.ts";
import { type LaneFlush, toWireFlush } from "./wire-flush.ts";

export const listDeliveries = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    /** Only of that lane; absent: of all. */
    LaneId: laneId,
    Marker: string({ minLength: 1, maxLength: 128 }),
    /** Flushes. */
    MaxItems: integer({ min: 1, max: LIST_DELIVERIES_MAX_COUNT }),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryProgressContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(request, context: DeliveryProgressContext) {
    const { DeliveryStreamName, LaneId, Marker } = request;
    const { MaxItems = LIST_DELIVERIES_DEFAULT_COUNT } = request;
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    const only = LaneId === undefined ? undefined : parseLaneId(stream, LaneId);
    if (LaneId !== undefined && only === undefined) {
      throw invalidParameter(`LaneId is not the name of a lane: ${LaneId}`);
    }
    const lanes =
      only === undefined
        ? { from: await lastLane(stream, context), to: 0 }
        : { from: only, to: only };
    const start: Place | undefined =
      Marker === undefined ? { lane: lanes.from, reader: 0 } : readMarker(Marker);
    if (start === undefined || start.reader >= deliveryReaders(stream).length) {
      throw invalidParameter("Marker is not one that ListDeliveries answered");
    }
    const { flushes, next } = await collect(context, stream, start, lanes.to, MaxItems);
    return {
      Flushes: flushes.map((flush) => toWireFlush(stream, flush)),
      ...(next && { NextMarker: writeMarker(next) }),
    };
  },
});

/** Where a page begins: the flushes of one of a lane's readers that stand before that one. */
interface Place {
  readonly lane: number;
  /** Which of the stream's readers. */
  readonly reader: number;
  readonly before?: FlushPlace;
}

async function collect(
  { deliveryNotes }: DeliveryProgressContext,
  stream: DeliveryStream,
  start: Place,
  lastLaneNumber: number,
  maxCount: number,
): Promise<{ readonly flushes: readonly LaneFlush[]; readonly next: Place | undefined }> {
  const readers = deliveryReaders(stream);
  const flushes: LaneFlush[] = [];
  let place: Place | undefined = start;
  for (let looks = 0; looks < LIST_DELIVERIES_LOOKS_MAX_COUNT; looks++) {
    if (place === undefined || flushes.length === maxCount) break;
    const { lane, reader, before }: Place = place;
    const { readerId, kind }: DeliveryReader = readers[reader]!;
    const limit: number = maxCount - flushes.length;
    const found = await deliveryNotes.flushes(laneShard(stream, lane), readerId, {
      limit,
      ...(before && { before }),
    });
    flushes.push(...found.map((flush) => ({ lane, kind, flush })));
    if (found.length === limit) place = { lane, reader, before: found.at(-1)! };
    else if (reader + 1 < readers.length) place = { lane, reader: reader + 1 };
    else place = lane > lastLaneNumber ? { lane: lane - 1, reader: 0 } : undefined;
  }
  return { flushes, next: place };
}

async function lastLane(
  { lanes, source }: DeliveryStream,
  { dataStreams }: Pick<DeliveryProgressContext, "dataStreams">,
): Promise<number> {
  if (source === undefined) return (lanes?.next ?? 1) - 1;
  const { streamName: name, streamGeneration: generation } = source;
  const shards = await dataStreams.shards({ name, generation });
  return Math.max(0, ...shards.map(({ index }) => index));
}

/** `3/0/120`: of lane 3, the first reader, what begins before block 120; `3/0/120/124/1795…`: what stands before that one. */
function writeMarker({ lane, reader, before }: Place): string {
  if (before === undefined) return [lane, reader].join("/");
  const { fromBlock, toBlock, plannedAtMs } = before;
  const ofPartitions = plannedAtMs === undefined ? [] : [toBlock, plannedAtMs];
  return [lane, reader, fromBlock, ...ofPartitions].join("/");
}

function readMarker(text: string): Place | undefined {
  const [, lane, reader, from, to, planned] =
    /^(\d{1,10})\/([01])(?:\/(\d{1,15})(?:\/(\d{1,15})\/(\d{1,15}))?)?$/.exec(text) ?? [];
  if (lane === undefined) return undefined;
  const ofPartitions =
    to === undefined ? {} : { toBlock: Number(to), plannedAtMs: Number(planned) };
  return {
    lane: Number(lane),
    reader: Number(reader),
    ...(from !== undefined && { before: { fromBlock: Number(from), ...ofPartitions } }),
  };
}
