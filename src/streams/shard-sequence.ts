/** Sequence numbers of a shard that no record has: the ends of its span, and those between records. */
import {
  BLOCK_INDEX_MAX,
  BLOCK_MAX_RECORDS,
  formatSequenceNumber,
  type SequenceFields,
  type SequenceNumber,
} from "../log/sequence.ts";
import type { Position } from "./read.ts";
import type { Shard } from "./stream.ts";

/** At or below the number of the shard's first record, and above every number of its parents. */
export function startingSequenceNumber(shard: Shard): SequenceNumber {
  return numberBefore(shard, { blockIndex: 0, position: 0 });
}

/** Below the number of the record that stands there or comes to, and above that of every record before it. */
export function numberBefore(
  { index, createdAtMs }: Shard,
  { blockIndex, position }: Position,
): SequenceNumber {
  return formatSequenceNumber({
    shardCreatedAtMs: createdAtMs,
    shardIndex: index,
    blockIndex,
    position,
    arrivedAtMs: createdAtMs,
  });
}

/** Whether `numberBefore` made it: the time of a record's number is later, see `record-sequence.ts`. */
export function isBetweenRecords({ arrivedAtMs, shardCreatedAtMs }: SequenceFields): boolean {
  return arrivedAtMs <= shardCreatedAtMs;
}

/** Whether it is that of a closed shard's end: nothing can come after it. */
export function isAtCounterEnd({ blockIndex, position }: SequenceFields): boolean {
  return blockIndex === BLOCK_INDEX_MAX && position === BLOCK_MAX_RECORDS - 1;
}

/**
 * Of a closed shard: above every number it gave, whatever it still might have given. The counter field is all
 * ones, which tells it from the number of a record.
 */
export function endingSequenceNumber({
  index,
  createdAtMs,
  closed,
}: Shard): SequenceNumber | undefined {
  if (closed === undefined) return undefined;
  return formatSequenceNumber({
    shardCreatedAtMs: createdAtMs,
    shardIndex: index,
    blockIndex: BLOCK_INDEX_MAX,
    position: BLOCK_MAX_RECORDS - 1,
    arrivedAtMs: closed.atMs,
  });
}
