/**
 * Where a subscription can be resumed, as a sequence number that also rises while no records come. It is one that no
 * record has: behind all that was read, before all that was not, so that AT_ and AFTER_ mean the same place, and a
 * client that asks for either is sent nothing twice.
 *
 *   the page ended      the number is of
 *   behind a block      a position at that block's end which no record takes, now
 *   within a block      the next record's position, before the shard had records; so is the shard's starting number
 */
import { BLOCK_MAX_RECORDS, type SequenceNumber } from "../log/sequence.ts";
import type { Position } from "./read.ts";
import { recordSequenceNumber } from "./record-sequence.ts";
import { numberBefore } from "./shard-sequence.ts";
import type { Shard } from "./stream.ts";

export function continuationNumber(shard: Shard, next: Position, nowMs: number): SequenceNumber {
  if (next.position > 0 || next.blockIndex === 0) return numberBefore(shard, next);
  return recordSequenceNumber(shard, {
    blockIndex: next.blockIndex - 1,
    position: BLOCK_MAX_RECORDS - 1,
    arrivedAtMs: nowMs,
  });
}
