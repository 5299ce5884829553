/**
 * Not one of Firehose's: where a record is that a producer put, by the id that it was answered; with a data stream as the
 * source, by the sequence number. For each bucket that the stream delivers to.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { type FlushedOutcome, locateRecord, type Whereabouts } from "../../delivery/locate.ts";
import type { Piece, Unknown } from "../../delivery/pieces.ts";
import type { FlushNote } from "../../delivery/ports.ts";
import { dataSource, laneSource, type SourceShard } from "../../delivery/source/shard.ts";
import { LOCATE_BUDGET_MS } from "../../limits.ts";
import { parseSequenceNumber } from "../../log/sequence.ts";
import { operation } from "../../wire/operation.ts";
import { required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { HydrantContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { decodeRecordId } from "../../delivery/record-id.ts";
import { rightsToReadSource } from "../firehose/kinesis-source.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { laneIdOf } from "./lane-id.ts";
import { invalidParameter } from "./refusals.ts";
import { toWireObject, type WireObject } from "./wire-flush.ts";
import { withKey } from "./with-key.ts";

export const locateRecordOperation = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    RecordId: required(string({ minLength: 1, maxLength: 128 })),
  },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: rightsToReadSource,
  async handle({ DeliveryStreamName, RecordId }, context: HydrantContext) {
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    const found = await findPlace(stream, RecordId, context);
    return withKey(() => describeRecord(stream, found, context));
  },
});

interface FoundPlace {
  readonly source: SourceShard;
  readonly blockIndex: number;
  readonly position: number;
  readonly arrivedAtMs: number;
}

async function describeRecord(
  stream: DeliveryStream,
  { source, blockIndex, position, arrivedAtMs }: FoundPlace,
  context: HydrantContext,
) {
  const { clock, accountId, region } = context;
  const locations = await locateRecord(
    { ...context, readers: context.deliveryReaders, here: { accountId, region } },
    {
      stream,
      source,
      place: { blockIndex, position },
      arrivedAtMs,
      deadlineMs: clock.now() + LOCATE_BUDGET_MS,
    },
  );
  return {
    LaneId: laneIdOf(stream, source.index),
    Block: blockIndex,
    Position: position,
    Arrival: new Date(arrivedAtMs),
    Locations: locations.map(({ kind, bucketArn, whereabouts }) => ({
      Kind: kind,
      BucketARN: bucketArn,
      ...toWireWhereabouts(whereabouts),
    })),
  };
}

async function findPlace(
  stream: DeliveryStream,
  recordId: string,
  context: HydrantContext,
): Promise<FoundPlace> {
  if (stream.source !== undefined) return findInSource(stream, recordId, context);
  const place = decodeRecordId(stream.name, recordId);
  if (place === undefined) throw unknownRecord(stream);
  if (place.generation !== stream.generation) {
    throw invalidParameter(
      `RecordId is of a delivery stream that was called ${stream.name} before this one`,
    );
  }
  return { ...place, source: laneSource(stream, place.lane) };
}

async function findInSource(
  stream: DeliveryStream,
  sequenceNumber: string,
  { dataStreams }: HydrantContext,
): Promise<FoundPlace> {
  const { streamName, streamGeneration: generation } = stream.source!;
  const fields = parseSequenceNumber(sequenceNumber);
  const dataStream = await dataStreams.get(streamName);
  const isStanding = dataStream?.generation === generation;
  const shard =
    fields && isStanding ? await dataStreams.shard(dataStream, fields.shardIndex) : undefined;
  if (!fields || !dataStream || !shard) throw unknownRecord(stream);
  const { blockIndex, position, arrivedAtMs } = fields;
  return { source: dataSource(dataStream, shard), blockIndex, position, arrivedAtMs };
}

function unknownRecord({ name, source }: DeliveryStream) {
  return invalidParameter(
    source === undefined
      ? `RecordId is not one that ${name} answered`
      : `RecordId is not the sequence number of a record of ${source.streamName}, which ${name} reads`,
  );
}

type State =
  | "DELIVERED"
  | "FAILED"
  | "DROPPED"
  /** It was split, and its parts fared so or so. */
  | "SPLIT"
  /** In one of the objects that are named, or dropped. */
  | "UNSURE"
  | "WAITING"
  | "EXPIRED"
  | "FORGOTTEN"
  | "NOT_STORED";

interface WirePiece extends Partial<WireObject> {
  readonly State: State;
  /** Bytes, of the uncompressed object; as Length, without a delimiter behind it. */
  readonly Offset?: number;
  readonly Length?: number;
  /** Of a file of rows, from 0 on. */
  readonly Row?: number;
  readonly RowCount?: number;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

const WHY: Readonly<Record<Unknown, string>> = {
  function: "a function has a say in it, so that where in the object it is is not known",
  partitions: "which of the flush's objects it is in follows from what it holds",
  gone: "what the flush read is not all there any more, so that where in the object it is is not known",
  time: "the flush is too large to be counted through in a call",
};

function toWireWhereabouts(whereabouts: Whereabouts) {
  switch (whereabouts.kind) {
    case "flushed":
      return flushed(whereabouts.flush, whereabouts.outcome);
    case "waiting": {
      const { isPending, dueAtMs, failure } = whereabouts;
      return {
        State: "WAITING" satisfies State,
        IsPending: isPending,
        ...(dueAtMs !== undefined && { Due: new Date(dueAtMs) }),
        ...(failure && {
          LastError: failure.message,
          LastErrorTime: new Date(failure.atMs),
          NextRetry: new Date(failure.retryAtMs),
        }),
      };
    }
    case "expired":
      return { State: "EXPIRED" satisfies State };
    case "forgotten":
      return { State: "FORGOTTEN" satisfies State };
    case "not stored":
      return { State: "NOT_STORED" satisfies State };
  }
}

function flushed(flush: FlushNote, outcome: FlushedOutcome) {
  const { fromBlock, toBlock, atMs, plan } = flush;
  const common = {
    Flush: {
      FromBlock: fromBlock,
      ToBlock: toBlock,
      Time: new Date(atMs),
      VersionId: String(plan.versionId),
    },
    ...(plan.target && { Compression: plan.target.compression }),
  };
  if (outcome.kind !== "pieces") {
    const state: State = outcome.kind === "unsure" ? "UNSURE" : STATES[outcome.fate];
    return {
      State: state,
      ...common,
      Objects: outcome.objects.map(toWireObject),
      Note: WHY[outcome.why],
    };
  }
  const pieces = outcome.pieces.map((piece) => toWirePiece(flush, piece));
  const [first] = pieces;
  const isAlike = pieces.every(({ State }) => State === first?.State);
  return { State: isAlike && first ? first.State : "SPLIT", ...common, Pieces: pieces };
}

const STATES = { delivered: "DELIVERED", dropped: "DROPPED", failed: "FAILED" } as const;

function toWirePiece({ objects }: FlushNote, piece: Piece): WirePiece {
  if (piece.kind === "dropped") return { State: "DROPPED" };
  const type = piece.kind === "failed" ? piece.errorOutputType : undefined;
  const object = objects.find(({ errorOutputType }) => errorOutputType === type);
  const place = object && toWireObject(object);
  if (piece.kind === "delivered") {
    const { offset, length, rows } = piece;
    return {
      State: "DELIVERED",
      ...place,
      ...(rows ? { Row: rows.first, RowCount: rows.count } : { Offset: offset, Length: length }),
    };
  }
  const { errorCode, errorMessage, offset, length } = piece;
  return {
    State: "FAILED",
    ...place,
    Offset: offset,
    Length: length,
    ErrorCode: errorCode,
    ErrorMessage: errorMessage,
  };
}
