/**
 * Where in its objects a record of a flush stands, found by counting: what the flush made of its records is made of them
 * again, without an object, and the bytes before the wanted record are summed up. That needs what the flush read, and
 * stages that answer the same again; a function is not called. What was counted then and what is counted now must agree,
 * or nothing is said.
 */
import type { Clock } from "../clock.ts";
import type { BlockSeals } from "../log/block-seals.ts";
import { formatSequenceNumber } from "../log/sequence.ts";
import type { Block, BodyStore, LogStore } from "../log/store.ts";
import type { Random } from "../random.ts";
import { recordSequenceNumber } from "../streams/record-sequence.ts";
import type { DeliveryStream } from "./delivery-stream.ts";
import { joinData } from "./destinations/s3/join-data.ts";
import { failedLine } from "./destinations/s3/failed-objects.ts";
import { openConversion } from "./formats/conversion.ts";
import type { JqEngine } from "./jq/engine.ts";
import type { ErrorOutputType } from "./naming/prefix.ts";
import type { PlannedTarget } from "./plan.ts";
import type { FlushNote, TableCatalog } from "./ports.ts";
import { identifying } from "./record-identity.ts";
import { spanBlocks, spanRecords } from "./source/records.ts";
import { deliveredData, type SourceShard } from "./source/shard.ts";
import { isStraight, type Outcome, pipeline } from "./stages/pipeline.ts";

export interface PiecePorts {
  readonly jq: JqEngine;
  readonly tables: TableCatalog;
  readonly here: { readonly accountId: string; readonly region: string };
  readonly log: LogStore;
  readonly bodies: BodyStore;
  /** Absent: sealed blocks cannot be read. */
  readonly seals?: BlockSeals;
  readonly clock: Clock;
  readonly random: Random;
}

/** A record's place in its block. */
export interface PlaceInLog {
  readonly blockIndex: number;
  readonly position: number;
}

/** What became of a record, or of a part that it was split into. Offsets are of the uncompressed object. */
export type Piece =
  | {
      readonly kind: "delivered";
      readonly offset: number;
      readonly length: number;
      /** Of an object that is a file of rows, whose bytes say nothing. */
      readonly rows?: { readonly first: number; readonly count: number };
    }
  | { readonly kind: "dropped" }
  | {
      readonly kind: "failed";
      readonly errorOutputType: ErrorOutputType;
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly offset: number;
      readonly length: number;
    };

/** Why nothing is said. */
export type Unknown =
  /** A function has a say, which need not say the same twice. */
  | "function"
  /** It is not in the bucket, but with another destination. */
  | "receiver"
  /** Its object is one of many, by what it holds. */
  | "partitions"
  /** Some of what the flush read is not there any more, or something else than then comes of it. */
  | "gone"
  /** It takes longer than a call has time. */
  | "time";

export type Pieces =
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  | { readonly kind: "unknown"; readonly why: Unknown };

export interface WantedPiece {
  readonly stream: Pick<DeliveryStream, "name" | "generation">;
  readonly source: SourceShard;
  readonly flush: FlushNote;
  /** What the flush's records went to. */
  readonly target: PlannedTarget;
  readonly place: PlaceInLog;
  readonly deadlineMs: number;
}

export async function findPieces(ports: PiecePorts, wanted: WantedPiece): Promise<Pieces> {
  const { target, source } = wanted;
  if (target.transform !== undefined) return { kind: "unknown", why: "function" };
  if (target.receiver !== undefined) return { kind: "unknown", why: "receiver" };
  if (target.partitioning !== undefined) return { kind: "unknown", why: "partitions" };
  // What could be read then is read now, as far as it is still there.
  const then = { ...ports, clock: { ...ports.clock, now: () => wanted.flush.atMs } };
  if (!isStraight(target)) return throughStages(ports, then, wanted);
  return source.kind === "lane" ? byHeaders(then, wanted) : byRecords(ports, then, wanted);
}

/** Records of a lane that are delivered as they came: blocks say how many and how long theirs are. */
async function byHeaders(
  ports: PiecePorts,
  { source, flush, target, place, deadlineMs }: WantedPiece,
): Promise<Pieces> {
  const delimiterBytes = Buffer.byteLength(target.delimiter ?? "");
  const count = new Count(flush);
  let found: readonly Piece[] = [];
  const range = { shard: source.key, from: flush.fromBlock, to: flush.toBlock };
  for await (const entry of ports.log.read(range)) {
    if (entry.kind === "tombstone") continue;
    if (ports.clock.now() >= deadlineMs) return { kind: "unknown", why: "time" };
    if (entry.index === place.blockIndex) found = await inBlock(ports, entry, count.bytes);
    count.add(entry.recordCount, entry.byteCount + entry.recordCount * delimiterBytes);
  }
  return count.agreed(found);

  async function inBlock(
    from: PiecePorts,
    { index, byteOffset }: Block,
    offset: number,
  ): Promise<readonly Piece[]> {
    const here = { blockIndex: index, byteOffset };
    const span = { ...flush.plan.span, from: here, to: { ...here, blockIndex: index + 1 } };
    for await (const { records } of spanBlocks({ ...from, source }, span)) {
      const before = joinData(records.slice(0, place.position), target.delimiter).length;
      const own = records[place.position];
      if (own) return [delivered(offset + before, own.data.length)];
    }
    return [];
  }
}

/** Records of a data stream may be aggregates, whose user records are delivered. */
async function byRecords(
  { clock }: PiecePorts,
  then: PiecePorts,
  { source, flush, target, place, deadlineMs }: WantedPiece,
): Promise<Pieces> {
  const delimiterBytes = Buffer.byteLength(target.delimiter ?? "");
  const count = new Count(flush);
  const found: Piece[] = [];
  for await (const { block, records } of spanBlocks({ ...then, source }, flush.plan.span)) {
    if (clock.now() >= deadlineMs) return { kind: "unknown", why: "time" };
    for (const [position, record] of records.entries()) {
      const isOwn = block.index === place.blockIndex && position === place.position;
      for (const { data } of deliveredData(source, [record])) {
        if (isOwn) found.push(delivered(count.bytes, data.length));
        count.add(1, data.length + delimiterBytes);
      }
    }
  }
  return count.agreed(found);
}

async function throughStages(
  ports: PiecePorts,
  then: PiecePorts,
  { stream, source, flush, target, place, deadlineMs }: WantedPiece,
): Promise<Pieces> {
  const identify = identifying(stream);
  const id = await idOf(then, source, place);
  if (id === undefined) return { kind: "unknown", why: "gone" };
  const conversion = target.conversion && (await openConversion(ports.tables, target.conversion));
  const delimiterBytes = conversion ? 0 : Buffer.byteLength(target.delimiter ?? "");
  const count = new Count(flush);
  let rowCount = 0;
  const failedBytes = new Map<ErrorOutputType, number>();
  const found: Piece[] = [];

  function take(outcome: Outcome): void {
    const isOwn = outcome.record.recordId.startsWith(id!);
    if (outcome.kind === "delivered") {
      const { data, rows } = outcome;
      const own = delivered(count.bytes, data.length);
      if (isOwn) {
        found.push(rows ? { ...own, rows: { first: rowCount, count: rows.length } } : own);
      }
      rowCount += rows?.length ?? 0;
      count.add(1, data.length + delimiterBytes);
    } else if (outcome.kind === "failed") {
      const { errorOutputType, errorCode, errorMessage } = outcome;
      // A time takes as many characters whenever it is.
      const { length } = failedLine(outcome, { ...then, target, identify });
      const offset = failedBytes.get(errorOutputType) ?? 0;
      failedBytes.set(errorOutputType, offset + length);
      if (isOwn) {
        found.push({ kind: "failed", errorOutputType, errorCode, errorMessage, offset, length });
      }
    } else if (isOwn) found.push({ kind: "dropped" });
  }

  const records = spanRecords({ ...then, source }, flush.plan.span);
  const context = {
    ...ports,
    ...NO_FUNCTION,
    identify,
    nowMs: flush.atMs,
    deadlineMs,
    ...(conversion && { reader: conversion.reader }),
  };
  for await (const outcomes of pipeline(records, target, context)) {
    if (ports.clock.now() >= deadlineMs) return { kind: "unknown", why: "time" };
    for (const outcome of outcomes) take(outcome);
  }
  return count.agreed(found);
}

/** Settings without a function have none called. */
const NO_FUNCTION = {
  region: "",
  deliveryStreamArn: "",
  invoker: { invoke: () => Promise.reject(new Error("no function is called to count")) },
};

/** What a record is known by on its way, in front of what tells its parts apart. */
async function idOf(
  { log }: PiecePorts,
  { key: shard, index, kind, retention: { shardCreatedAtMs } }: SourceShard,
  { blockIndex, position }: PlaceInLog,
): Promise<string | undefined> {
  for await (const entry of log.read({ shard, from: blockIndex, to: blockIndex + 1 })) {
    if (entry.kind === "tombstone") return undefined;
    const { arrivedAtMs } = entry;
    const place = { blockIndex, position, arrivedAtMs };
    return kind === "lane"
      ? formatSequenceNumber({ ...place, shardCreatedAtMs, shardIndex: index })
      : recordSequenceNumber({ index, createdAtMs: shardCreatedAtMs }, place);
  }
  return undefined;
}

function delivered(offset: number, length: number): Extract<Piece, { readonly kind: "delivered" }> {
  return { kind: "delivered", offset, length };
}

/** Sums up what is delivered, to compare it with what the flush delivered. */
class Count {
  bytes = 0;
  #records = 0;
  readonly #flush: FlushNote;

  constructor(flush: FlushNote) {
    this.#flush = flush;
  }

  add(records: number, bytes: number): void {
    this.#records += records;
    this.bytes += bytes;
  }

  agreed(pieces: readonly Piece[]): Pieces {
    const { counts } = this.#flush;
    const isSame =
      counts !== undefined &&
      counts.deliveredCount === this.#records &&
      counts.deliveredBytes === this.bytes;
    return isSame && pieces.length > 0
      ? { kind: "pieces", pieces }
      : { kind: "unknown", why: "gone" };
  }
}
