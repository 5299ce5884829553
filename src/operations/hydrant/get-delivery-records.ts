/**
 * Not one of Firehose's: the records that were put into a delivery stream, as they were put, delivered or not, for as long
 * as its retention. Lane by lane from a time on, page by page; a page may be empty and have another one behind it. Of one
 * lane there is always another: whoever reads on sees what is put.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { readLane } from "../../delivery/read-lane.ts";
import { DELIVERY_LANES_LOOKED_MAX_COUNT, GET_RECORDS_MAX_COUNT } from "../../limits.ts";
import type { IteratorStart } from "../../log/iterator.ts";
import { openToken, sealToken } from "../../log/sealed-token.ts";
import type { Page } from "../../streams/read.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string, timestamp } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { HydrantContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { recordIds } from "../../delivery/record-id.ts";
import { rightsToReadSource } from "../firehose/kinesis-source.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { pageSize } from "../kinesis/answer-size.ts";
import { laneId, laneIdOf, parseLaneId } from "./lane-id.ts";
import { invalidParameter } from "./refusals.ts";
import { withKey } from "./with-key.ts";

export const getDeliveryRecords = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    /** From the first record that arrived then or later; absent: from the oldest. */
    StartTimestamp: timestamp(),
    /** Only of that lane; absent: of all, one after the other. */
    LaneId: laneId,
    /** Records. */
    Limit: integer({ min: 1, max: GET_RECORDS_MAX_COUNT }),
    NextToken: string({ minLength: 1, maxLength: 512 }),
  },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: rightsToReadSource,
  async handle(request, context: HydrantContext) {
    const { DeliveryStreamName, StartTimestamp, LaneId, NextToken } = request;
    const { Limit = GET_RECORDS_MAX_COUNT } = request;
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    if (stream.source !== undefined) {
      throw invalidParameter(
        `${stream.name} reads the data stream ${stream.source.streamName}: its records are read by GetRecords`,
      );
    }
    const place =
      NextToken === undefined
        ? beginning(stream, StartTimestamp?.getTime() ?? 0, LaneId)
        : readToken(NextToken, stream, context);
    const read = () => readFrom(stream, place, Limit, context);
    const { page, found, next } = await withKey(read);
    return {
      Records: page === undefined ? [] : toWireRecords(stream, found, page),
      ...(next && { NextToken: writeToken(next, stream, context) }),
    };
  },
});

/** Where a page begins. */
interface Place {
  readonly lane: number;
  /** It is read alone. */
  readonly isOnly: boolean;
  /** Of every lane that is begun. */
  readonly fromMs: number;
  /** In that lane; absent: at `fromMs`. */
  readonly at?: { readonly blockIndex: number; readonly position: number };
}

export function beginning(
  stream: DeliveryStream,
  fromMs: number,
  laneName: string | undefined,
): Place {
  if (laneName === undefined) return { lane: 0, isOnly: false, fromMs };
  const lane = parseLaneId(stream, laneName);
  if (lane === undefined || lane >= (stream.lanes?.next ?? 0)) {
    throw invalidParameter(`LaneId is not the name of a lane of ${stream.name}: ${laneName}`);
  }
  return { lane, isOnly: true, fromMs };
}

export async function readFrom(
  stream: DeliveryStream,
  start: Place,
  recordCount: number,
  context: HydrantContext,
): Promise<{
  readonly page?: Page;
  /** The lane of the page. */
  readonly found: number;
  readonly next?: Place;
}> {
  const laneCount = stream.lanes?.next ?? 0;
  let place: Place | undefined = start;
  for (let looks = 0; place && looks < DELIVERY_LANES_LOOKED_MAX_COUNT; looks++) {
    const { lane, isOnly, fromMs, at }: Place = place;
    const from: IteratorStart = at
      ? { kind: "record", ...at }
      : { kind: "time", timestampMs: fromMs };
    const bounds = { recordCount, ...pageSize(context) };
    const page: Page | undefined = await readLane(context, stream, lane, from, bounds);
    const isOver: boolean = page === undefined || page.isAtTip;
    const onward: Place | undefined =
      page && (isOnly || !isOver) ? { lane, isOnly, fromMs, at: page.next } : undefined;
    const another: Place | undefined =
      isOver && !isOnly && lane + 1 < laneCount ? { lane: lane + 1, isOnly, fromMs } : undefined;
    place = onward ?? another;
    if (page && (page.records.length > 0 || isOnly || !isOver)) {
      return { page, found: lane, ...(place && { next: place }) };
    }
  }
  return { found: start.lane, ...(place && { next: place }) };
}

function toWireRecords(stream: DeliveryStream, lane: number, { records }: Page) {
  return records.map(({ data, blockIndex, position, arrivedAtMs }) => {
    const place = { generation: stream.generation, lane, blockIndex, arrivedAtMs, position };
    return {
      RecordId: recordIds(stream.name, place, 1)[0]!,
      LaneId: laneIdOf(stream, lane),
      ArrivalTimestamp: new Date(arrivedAtMs),
      Data: data,
    };
  });
}

const PURPOSE = "delivery records";

function writeToken(
  { lane, isOnly, fromMs, at }: Place,
  { name, generation }: DeliveryStream,
  { tokenSecret }: HydrantContext,
): string {
  const place = at ? [at.blockIndex, at.position] : [];
  const content = JSON.stringify([name, generation, lane, isOnly ? 1 : 0, fromMs, ...place]);
  return sealToken(tokenSecret, PURPOSE, Buffer.from(content));
}

function readToken(
  token: string,
  { name, generation }: DeliveryStream,
  { tokenSecret }: HydrantContext,
): Place {
  const opened = openToken(tokenSecret, PURPOSE, token);
  const content = opened && (JSON.parse(Buffer.from(opened).toString()) as Content);
  if (content?.[0] !== name || content[1] !== generation) {
    throw invalidParameter("NextToken is not one that GetDeliveryRecords answered for this stream");
  }
  const [, , lane, isOnly, fromMs, blockIndex, position] = content;
  return {
    lane,
    isOnly: isOnly === 1,
    fromMs,
    ...(blockIndex !== undefined && position !== undefined && { at: { blockIndex, position } }),
  };
}

type Content = readonly [
  name: string,
  generation: string,
  lane: number,
  isOnly: 0 | 1,
  fromMs: number,
  blockIndex?: number,
  position?: number,
];
