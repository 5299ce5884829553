/**
 * Where a subscription can be resumed, as a sequence number that also rises while no records come. After records it
 * is that of the last one. Without any it is one that no record has: behind all that was read, before all that was
 * not, so that AT_ and AFTER_ mean the same place.
 */
import { BLOCK_MAX_RECORDS, type SequenceNumber } from "../log/sequence.ts";
import type { Page } from "./read.ts";
import { recordSequenceNumber } from "./record-sequence.ts";
import { startingSequenceNumber } from "./shard-sequence.ts";
import type { Shard } from "./stream.ts";

export function continuationNumber(
  shard: Shard,
  { records, next }: Pick<Page, "records" | "next">,
  nowMs: number,
): SequenceNumber {
  const last = records.at(-1);
  if (last !== undefined) return recordSequenceNumber(shard, last);
  if (next.position > 0) {
    const position = next.position - 1;
    return recordSequenceNumber(shard, { ...next, position, arrivedAtMs: nowMs });
  }
  if (next.blockIndex === 0) return startingSequenceNumber(shard);
  return recordSequenceNumber(shard, {
    blockIndex: next.blockIndex - 1,
    position: BLOCK_MAX_RECORDS - 1,
    arrivedAtMs: nowMs,
  });
}
