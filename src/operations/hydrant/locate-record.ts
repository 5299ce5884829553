/**
 * Not one of Firehose's: where a record is that a producer put, by the id that it was answered; with a data stream as the
 * source, by the sequence number. Or where all records of a call are, by its SDK's invocation id, for as long as its proof
 * is kept. For each bucket that the stream delivers to.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { type FlushedOutcome, locateRecord, type Whereabouts } from "../../delivery/locate.ts";
import type { Piece, Unknown } from "../../delivery/pieces.ts";
import type { FlushNote } from "../../delivery/ports.ts";
import { dataSource, laneSource, type SourceShard } from "../../delivery/source/shard.ts";
import { LOCATE_BUDGET_MS, LOCATED_RECORDS_MAX_COUNT } from "../../limits.ts";
import type { ProvenPlace } from "../../log/proof.ts";
import { unpackProof } from "../../log/proof-value.ts";
import { proofsOf } from "../../log/retry.ts";
import { parseSequenceNumber } from "../../log/sequence.ts";
import { recordSequenceNumber } from "../../streams/record-sequence.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required, string } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { HydrantContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { decodeRecordId, recordIds } from "../../delivery/record-id.ts";
import { rightsToReadSource } from "../firehose/kinesis-source.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { laneIdOf } from "./lane-id.ts";
import { invalidParameter } from "./refusals.ts";
import { toWireObject, type WireObject } from "./wire-flush.ts";
import { withKey } from "./with-key.ts";

export const locateRecordOperation = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    RecordId: string({ minLength: 1, maxLength: 128 }),
    /** What the producer's SDK sent as amz-sdk-invocation-id. */
    RequestId: string({ minLength: 1, maxLength: 1024 }),
    /** Of the call's records this one alone, from 0 on. */
    RecordIndex: integer({ min: 0 }),
  },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: rightsToReadSource,
  async handle({ DeliveryStreamName, RecordId, RequestId, RecordIndex }, context: HydrantContext) {
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    if (RequestId === undefined) {
      if (RecordId === undefined) throw invalidParameter("RecordId or RequestId is missing");
      const found = await findPlace(stream, RecordId, context);
      return withKey(() => describeRecord(stream, found, context));
    }
    if (RecordId !== undefined) throw invalidParameter("Give RecordId or RequestId, not both");
    const { records, refused } = await findCall(stream, RequestId, context);
    const wanted = records.filter(
      ({ index }) => RecordIndex === undefined || index === RecordIndex,
    );
    const shown = wanted.slice(0, LOCATED_RECORDS_MAX_COUNT);
    return {
      RecordCount: records.length + refused.length,
      RefusedRecords: refused,
      Records: await withKey(() =>
        Promise.all(
          shown.map(async ({ index, recordId, ...found }) => ({
            RecordIndex: index,
            RecordId: recordId,
            ...(await describeRecord(stream, found, context)),
          })),
        ),
      ),
    };
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
    Locations: locations.map(({ kind, bucketArn, place: destination, whereabouts }) => ({
      Kind: kind,
      BucketARN: bucketArn,
      ...(destination !== undefined && { Destination: destination }),
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

interface FoundCall {
  readonly records: readonly (FoundPlace & {
    /** Of the call's. */
    readonly index: number;
    readonly recordId: string;
  })[];
  /** By their positions in the call. */
  readonly refused: readonly number[];
}

/** Under one invocation id there is one call, unless a client sends what others have sent: then all are told. */
async function findCall(
  stream: DeliveryStream,
  requestId: string,
  context: HydrantContext,
): Promise<FoundCall> {
  const { source } = stream;
  const called = source
    ? { name: source.streamName, generation: source.streamGeneration }
    : { name: stream.name, generation: stream.generation };
  const invocation = proofsOf(requestId, called);
  const values = await context.proofIndex.list(invocation, context.clock.now());
  if (values.length === 0) throw unknownCall(stream);
  const proofs = values.map(unpackProof);
  const recordsAt = source ? await sourceRecords(stream, context) : laneRecords(stream);
  const records = await Promise.all(
    proofs.flatMap(({ places }) => places).map((place) => recordsAt(place)),
  );
  return {
    records: records.flat().toSorted((a, b) => a.index - b.index),
    refused: proofs.flatMap(({ refused }) => refused),
  };
}

type RecordsAt = (place: ProvenPlace) => Promise<FoundCall["records"]>;

function laneRecords(stream: DeliveryStream): RecordsAt {
  return async ({ shardNumber: lane, blockIndex, position, arrivedAtMs, records }) => {
    const place = { generation: stream.generation, lane, blockIndex, arrivedAtMs, position };
    const ids = recordIds(stream.name, place, records.length);
    const source = laneSource(stream, lane);
    return records.map((index, i) => {
      const found = { source, blockIndex, position: position + i, arrivedAtMs };
      return { ...found, index, recordId: ids[i]! };
    });
  };
}

async function sourceRecords(
  stream: DeliveryStream,
  { dataStreams }: HydrantContext,
): Promise<RecordsAt> {
  const dataStream = await dataStreams.get(stream.source!.streamName);
  if (dataStream?.generation !== stream.source!.streamGeneration) throw unknownCall(stream);
  return async ({ shardNumber, blockIndex, position, arrivedAtMs, records }) => {
    const shard = await dataStreams.shard(dataStream, shardNumber);
    if (shard === undefined) return [];
    const source = dataSource(dataStream, shard);
    return records.map((index, i) => {
      const place = { blockIndex, position: position + i, arrivedAtMs };
      return { source, ...place, index, recordId: recordSequenceNumber(shard, place) };
    });
  };
}

function unknownCall({ name, source }: DeliveryStream) {
  return invalidParameter(
    `RequestId is not the invocation id of a call that put records into ${source?.streamName ?? name} within the last hour`,
  );
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
  /** In one of the objects that are named, or dropped; with MayWait perhaps not delivered yet. */
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
  receiver:
    "where the destination keeps it only that knows; what of the flush failed is in the bucket",
  partitions: "which of the objects it is in follows from what it holds",
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
      ObjectCount: outcome.objectCount,
      ...(outcome.kind === "unsure" && outcome.mayWait && { MayWait: true }),
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
