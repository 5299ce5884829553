/**
 * From where to where a replay goes, as a request says it: by the time of arrival, or by records, which are named by what
 * their producer got, or by their sequence number. A record says which lane or shard it is in, and with one the replay is
 * of that alone.
 */
import { blockOfRecord } from "../../delivery/replay/parts.ts";
import { sourcesOf } from "../../delivery/replay/lifecycle.ts";
import type { RecordPosition, ReplayRange } from "../../delivery/replay/replay.ts";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { parseSequenceNumber } from "../../log/sequence.ts";
import { type Infer, string, structure, timestamp } from "../../wire/shape.ts";
import type { ReplayContext } from "../context.ts";
import { decodeRecordId } from "../../delivery/record-id.ts";
import { invalidArgument } from "../firehose/refusals.ts";

export const replayBound = structure({
  Timestamp: timestamp(),
  RecordId: string({ minLength: 1, maxLength: 128 }),
  SequenceNumber: string({ minLength: 1, maxLength: 128 }),
});

type ReplayBound = Infer<typeof replayBound>;
type Side = "From" | "To";
type Bound = NonNullable<ReplayRange["from"]>;

export async function readRange(
  { From, To }: { readonly From?: ReplayBound; readonly To?: ReplayBound },
  stream: DeliveryStream,
  context: ReplayContext,
): Promise<ReplayRange> {
  const from = From && readBound("From", From, stream, context);
  const to = To && readBound("To", To, stream, context);
  checkOrder(from, to);
  for (const [side, bound] of [["From", from] as const, ["To", to] as const]) {
    if (bound?.kind === "record") await checkRecord(side, bound, stream, context);
  }
  return { ...(from && { from }), ...(to && { to }) };
}

function readBound(
  side: Side,
  bound: ReplayBound,
  stream: DeliveryStream,
  { clock }: ReplayContext,
): Bound {
  const { Timestamp, RecordId, SequenceNumber } = bound;
  if (Object.values(bound).filter((value) => value !== undefined).length !== 1) {
    throw invalidArgument(`${side} must hold one of Timestamp, RecordId and SequenceNumber`);
  }
  if (Timestamp !== undefined) {
    const atMs = Timestamp.getTime();
    const nowMs = clock.now();
    if (atMs > nowMs) {
      throw invalidArgument(
        `${side}.Timestamp cannot be later than now: it is ${atMs}, and now is ${nowMs}, in milliseconds`,
      );
    }
    return { kind: "time", atMs };
  }
  const position =
    RecordId === undefined
      ? positionOfNumber(SequenceNumber ?? "")
      : positionOfId(stream, RecordId);
  if (position === undefined) {
    const member = RecordId === undefined ? "SequenceNumber" : "RecordId";
    throw invalidArgument(`${side}.${member} does not name a record of Firehose ${stream.name}`);
  }
  return { kind: "record", ...position };
}

/** The ids of producers, which only streams without a source hand out. */
function positionOfId(
  { name, generation }: DeliveryStream,
  recordId: string,
): RecordPosition | undefined {
  const place = decodeRecordId(name, recordId);
  if (place?.generation !== generation) return undefined;
  return { shardIndex: place.lane, blockIndex: place.blockIndex, position: place.position };
}

function positionOfNumber(sequenceNumber: string): RecordPosition | undefined {
  const fields = parseSequenceNumber(sequenceNumber);
  return (
    fields && {
      shardIndex: fields.shardIndex,
      blockIndex: fields.blockIndex,
      position: fields.position,
    }
  );
}

function checkOrder(from: Bound | undefined, to: Bound | undefined): void {
  if (from === undefined || to === undefined) return;
  const areRecords = from.kind === "record" && to.kind === "record";
  if (areRecords && from.shardIndex !== to.shardIndex) {
    throw invalidArgument("From and To must name records of the same lane or shard");
  }
  if (isBehind(from, to)) throw invalidArgument("From must come before To");
}

function isBehind(from: Bound, to: Bound): boolean {
  if (from.kind === "time" || to.kind === "time") {
    return from.kind === "time" && to.kind === "time" && from.atMs >= to.atMs;
  }
  const { blockIndex, position } = to;
  return from.blockIndex === blockIndex ? from.position > position : from.blockIndex > blockIndex;
}

async function checkRecord(
  side: Side,
  record: RecordPosition,
  stream: DeliveryStream,
  context: ReplayContext,
): Promise<void> {
  const [source] =
    (await sourcesOf(context, stream, { from: { kind: "record", ...record } })) ?? [];
  if (source !== undefined && (await blockOfRecord(context, source, record))) return;
  throw invalidArgument(`The record that ${side} names is not there any more, or never was`);
}
