/** What became of a record that was put. */
import type { SequenceNumber } from "../log/sequence.ts";
import { recordSequenceNumber } from "./record-sequence.ts";
import type { Shard } from "./stream.ts";

export type PutOutcome =
  | {
      readonly kind: "stored";
      readonly shardIndex: number;
      readonly sequenceNumber: SequenceNumber;
    }
  | { readonly kind: "throttled"; readonly shardIndex: number }
  /** It may have been stored or not. */
  | { readonly kind: "failed"; readonly error: unknown };

/** Where the records of a group stand in a shard. */
export interface AppendedGroup {
  readonly blockIndex: number;
  /** Of the group's first record; the others follow densely. */
  readonly position: number;
  /** How many of the group there was room for. */
  readonly recordCount: number;
  readonly arrivedAtMs: number;
}

/** Of the group's record number `i`. */
export function outcomeIn(
  shard: Shard,
  { blockIndex, position, recordCount, arrivedAtMs }: AppendedGroup,
  i: number,
): PutOutcome {
  if (i >= recordCount) return { kind: "throttled", shardIndex: shard.index };
  const place = { blockIndex, position: position + i, arrivedAtMs };
  const sequenceNumber = recordSequenceNumber(shard, place);
  return { kind: "stored", shardIndex: shard.index, sequenceNumber };
}
