/**
 * Where a reader asks to begin, of GetShardIterator and SubscribeToShard alike. The sentences of refusals are those
 * that AWS has for iterators.
 */
import type { IteratorStart } from "../../log/iterator.ts";
import { markedBefore } from "../../log/seek.ts";
import { sequenceStart } from "../../streams/iterator-start.ts";
import { trimHorizonMs } from "../../streams/retention.ts";
import { formatShardId } from "../../streams/shard-id.ts";
import { dataShardKey } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { type FoundShard, shardDoesNotExist } from "./find-shard.ts";
import { invalidArgument } from "./refusals.ts";

export const STARTING_TYPES = [
  "AFTER_SEQUENCE_NUMBER",
  "LATEST",
  "AT_TIMESTAMP",
  "AT_SEQUENCE_NUMBER",
  "TRIM_HORIZON",
] as const;

export interface AskedStart {
  readonly type: (typeof STARTING_TYPES)[number];
  readonly number: string | undefined;
  readonly time: Date | undefined;
}

export interface AskedPlace extends FoundShard {
  /** Named in refusals. */
  readonly action: "GetShardIterator" | "SubscribeToShard";
}

export async function startOf(
  { type, number, time }: AskedStart,
  place: AskedPlace,
  context: DataStreamContext,
): Promise<IteratorStart> {
  switch (type) {
    case "TRIM_HORIZON":
      if (number !== undefined) throw mismatch(type, "and also a");
      return startAtHorizon(place, context);
    case "LATEST":
      if (number !== undefined) throw mismatch(type, "and also a");
      return { kind: "record", blockIndex: await headIndex(place, context), position: 0 };
    case "AT_SEQUENCE_NUMBER":
    case "AFTER_SEQUENCE_NUMBER":
      if (number === undefined) throw mismatch(type, "and no");
      return startAtNumber(type, number, place, context);
    case "AT_TIMESTAMP":
      return startAtTime(time, context.clock.now());
  }
}

/** Not at the shard's very first block, which may be millions before the first that is left. */
async function startAtHorizon(
  { view: { stream }, shard: { index } }: AskedPlace,
  { log, clock }: DataStreamContext,
): Promise<IteratorStart> {
  const horizonMs = trimHorizonMs(stream, clock.now());
  const blockIndex = await markedBefore(log, dataShardKey(stream, index), horizonMs);
  return { kind: "record", blockIndex, position: 0 };
}

async function startAtNumber(
  type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER",
  number: string,
  place: AskedPlace,
  context: DataStreamContext,
): Promise<IteratorStart> {
  const { view, shard, action } = place;
  const which = type === "AT_SEQUENCE_NUMBER" ? "at" : "after";
  const head = await headIndex(place, context);
  const found = sequenceStart(shard, number, which, head);
  const id = formatShardId(shard.index);
  const used = `StartingSequenceNumber ${number} used in ${action} on shard ${id} in stream ${view.stream.name} under account ${context.accountId} is invalid`;
  switch (found.kind) {
    case "start":
      return found.start;
    case "end":
      throw invalidArgument(
        `Invalid SequenceNumber for ShardIteratorType ${type}, SequenceNumber has reached max possible value for the shard.`,
      );
    case "malformed":
      throw invalidArgument(`${used}.`);
    case "otherStream":
      throw invalidArgument(`${used} because it did not come from this stream.`);
    case "otherShard":
      throw invalidArgument(
        `Invalid StartingSequenceNumber. It encodes ${formatShardId(found.shardIndex)}, while it was used in a call to a shard with ${id}`,
      );
  }
}

function startAtTime(time: Date | undefined, nowMs: number): IteratorStart {
  if (time === undefined) {
    throw invalidArgument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.",
    );
  }
  const timestampMs = time.getTime();
  if (timestampMs > nowMs) {
    throw invalidArgument(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${nowMs}`,
    );
  }
  return { kind: "time", timestampMs };
}

/** The first index that was not reserved when we looked. */
async function headIndex(
  { view: { stream }, shard: { index } }: AskedPlace,
  { log, accountId }: DataStreamContext,
): Promise<number> {
  const head = await log.head(dataShardKey(stream, index));
  if (head === undefined) throw shardDoesNotExist(index, stream.name, accountId);
  return head.blockIndex;
}

function mismatch(type: string, found: "and also a" | "and no") {
  return invalidArgument(
    `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} ${found} StartingSequenceNumber.`,
  );
}
