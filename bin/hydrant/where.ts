/**
 * `hydrant where STREAM RECORD_ID`: in which object a record is, or what keeps it. `hydrant where STREAM --request-id ID`:
 * where all records of a call are.
 */
import { placeOf } from "./place-of.ts";
import { systemClock } from "../../src/clock.ts";
import { hydrantService } from "../../src/operations/hydrant/index.ts";
import type { Members } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { type Options, readOptions } from "./options.ts";

const OPERATION = "LocateRecord";

const USAGE = `usage: hydrant where STREAM RECORD_ID [options]
       hydrant where STREAM --request-id ID [--record-index N] [options]
  RECORD_ID is what PutRecord or PutRecordBatch answered; the sequence number where STREAM reads a data stream
  ID        is the invocation id that the producer's SDK sent with a call, at most an hour ago
  N         of the call's records that one alone, from 0 on`;

interface WirePiece {
  readonly State: string;
  readonly Bucket?: string;
  readonly Key?: string;
  readonly ErrorOutputType?: string;
  readonly Offset?: number;
  readonly Length?: number;
  readonly Row?: number;
  readonly RowCount?: number;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** Times are seconds since the epoch. */
export interface WireLocation {
  readonly Kind: string;
  readonly BucketARN: string;
  readonly Destination?: string;
  readonly State: string;
  readonly Compression?: string;
  readonly Pieces?: readonly WirePiece[];
  readonly Objects?: readonly WirePiece[];
  /** Not all are named of a flush that made very many. */
  readonly ObjectCount?: number;
  readonly Note?: string;
  readonly Flush?: { readonly Time: number };
  readonly IsPending?: boolean;
  readonly MayWait?: boolean;
  readonly Due?: number;
  readonly LastError?: string;
  readonly NextRetry?: number;
}

export interface Located {
  readonly LaneId: string;
  readonly Block: number;
  readonly Position: number;
  readonly Arrival: number;
  readonly Locations: readonly WireLocation[];
}

/** Of a call, whose records are located one by one. */
export interface LocatedCall {
  readonly RecordCount: number;
  readonly RefusedRecords: readonly number[];
  readonly Records: readonly (Located & {
    readonly RecordIndex: number;
    readonly RecordId: string;
  })[];
}

export async function runWhere(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(members(), named(args));
  if (options.isHelpWanted) return console.log(USAGE);
  const found: unknown = await call(connect(options), OPERATION, options.input);
  const nowMs = systemClock.now();
  console.log(
    "RequestId" in options.input
      ? printCall(found as LocatedCall, nowMs)
      : printLocated(found as Located, nowMs),
  );
}

function members(): Members {
  const row = hydrantService.operations.get(OPERATION);
  if (row?.kind !== "operation") throw new Error(`${OPERATION} is not offered`);
  return row.input.members;
}

/** The first two may stand without their options. */
function named(args: readonly string[]): readonly string[] {
  const [stream, record, ...rest] = args;
  if (stream === undefined || stream.startsWith("-")) return args;
  if (record === undefined) throw new Error(USAGE);
  if (record.startsWith("--")) return [`--delivery-stream-name=${stream}`, record, ...rest];
  return [`--delivery-stream-name=${stream}`, `--record-id=${record}`, ...rest];
}

export function printLocated(located: Located, nowMs: number): string {
  const { LaneId, Block, Position, Arrival, Locations } = located;
  const age = duration(Math.max(0, nowMs - Arrival * 1000));
  return [
    `put ${age} ago: ${LaneId}, block ${Block}, record ${Position}`,
    ...Locations.flatMap((location) => lines(location, nowMs)),
  ].join("\n");
}

export function printCall(
  { RecordCount, RefusedRecords, Records }: LocatedCall,
  nowMs: number,
): string {
  const left = RecordCount - RefusedRecords.length - Records.length;
  const refused = RefusedRecords.length === 0 ? "" : `, not taken: ${RefusedRecords.join(", ")}`;
  return [
    `a call of ${RecordCount} records${refused}`,
    ...Records.flatMap((record) => [
      `record ${record.RecordIndex}: ${record.RecordId}`,
      printLocated(record, nowMs).replaceAll(/^/gm, "  "),
    ]),
    ...(left > 0 ? [`and ${left} more: --record-index N tells of one`] : []),
  ].join("\n");
}

function lines(location: WireLocation, nowMs: number): readonly string[] {
  const { Kind, State, Flush, Note, Pieces = [], Objects = [] } = location;
  const unnamed = (location.ObjectCount ?? Objects.length) - Objects.length;
  const when = Flush ? ` ${duration(Math.max(0, nowMs - Flush.Time * 1000))} ago` : "";
  return [
    `${Kind} to ${placeOf(location)}: ${SENTENCES[State] ?? State}${when}${wait(location, nowMs)}`,
    ...Pieces.map((piece) => `  ${printPiece(piece, location)}`),
    ...Objects.map((object) => `  ${nameOf(object)}`),
    ...(unnamed > 0 ? [`  or in one of ${unnamed} objects more of that flush`] : []),
    ...(Note === undefined ? [] : [`  ${Note}`]),
  ];
}

const SENTENCES: Readonly<Record<string, string>> = {
  DELIVERED: "delivered",
  FAILED: "failed",
  DROPPED: "dropped by the transform",
  SPLIT: "split, and its parts fared so or so",
  UNSURE: "delivered or failed into one of these objects, or dropped,",
  WAITING: "still waiting",
  EXPIRED: "lost: its retention ended before it could be delivered",
  FORGOTTEN: "dealt with, so long ago that nobody remembers how",
  NOT_STORED: "no such record was stored",
};

function wait(location: WireLocation, nowMs: number): string {
  const { State, Due, IsPending, MayWait, LastError, NextRetry } = location;
  if (MayWait) return " or still waiting for its partition";
  if (State !== "WAITING") return "";
  const inTime = (seconds: number) => duration(Math.max(0, seconds * 1000 - nowMs));
  if (LastError !== undefined) {
    const next = NextRetry === undefined ? "" : `, next try in ${inTime(NextRetry)}`;
    return `${next}: ${LastError}`;
  }
  if (Due === undefined) return ": the stream is paused";
  return IsPending ? ", being delivered" : `, due in ${inTime(Due)}`;
}

function printPiece(piece: WirePiece, { Compression }: WireLocation): string {
  const { State, Offset, Length, Row, RowCount = 1, ErrorCode, ErrorMessage } = piece;
  if (State === "DROPPED") return "dropped";
  const error = ErrorCode === undefined ? "" : `  ${ErrorCode}: ${ErrorMessage}`;
  if (Row !== undefined) {
    return `${nameOf(piece)}  row ${Row}${RowCount > 1 ? `-${Row + RowCount - 1}` : ""}`;
  }
  const plain = Compression === undefined || Compression === "UNCOMPRESSED" ? "" : " uncompressed";
  return `${nameOf(piece)}  bytes ${Offset}-${Offset! + Length! - 1}${plain}${error}`;
}

function nameOf({ Bucket, Key, ErrorOutputType }: WirePiece): string {
  const name = Key === undefined ? "an object that is not named" : `s3://${Bucket}/${Key}`;
  return `${name}${ErrorOutputType === undefined ? "" : `  (${ErrorOutputType})`}`;
}
