/**
 * The sequence number of a record. Its time is at least a second after its shard's creation, so that the number is
 * above the shard's starting number, also when the two would fall into one second or a clock is behind.
 */
import { formatSequenceNumber, type SequenceNumber } from "../log/sequence.ts";
import type { Shard } from "./stream.ts";

export interface RecordPlace {
  readonly blockIndex: number;
  readonly position: number;
  readonly arrivedAtMs: number;
}

const AFTER_CREATION_MS = 1000;

export function recordSequenceNumber(
  { index, createdAtMs }: Pick<Shard, "index" | "createdAtMs">,
  { blockIndex, position, arrivedAtMs }: RecordPlace,
): SequenceNumber {
  return formatSequenceNumber({
    shardCreatedAtMs: createdAtMs,
    shardIndex: index,
    blockIndex,
    position,
    arrivedAtMs: Math.max(arrivedAtMs, createdAtMs + AFTER_CREATION_MS),
  });
}
