/** The span of sequence numbers that belong to a shard, also when nothing was ever put into it. */
import {
  BLOCK_INDEX_MAX,
  BLOCK_MAX_RECORDS,
  formatSequenceNumber,
  type SequenceNumber,
} from "../log/sequence.ts";
import type { Shard } from "./stream.ts";

/** At or below the number of the shard's first record, and above every number of its parents. */
export function startingSequenceNumber({ index, createdAtMs }: Shard): SequenceNumber {
  return formatSequenceNumber({
    shardCreatedAtMs: createdAtMs,
    shardIndex: index,
    blockIndex: 0,
    position: 0,
    arrivedAtMs: createdAtMs,
  });
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
