/** What became of a record that was put. */
import type { SequenceNumber } from "../log/sequence.ts";
import { type RecordPlace, recordSequenceNumber } from "./record-sequence.ts";
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

/** Of record number `i` of those that stand one behind the other from `place` on. */
export function outcomeIn(shard: Shard, place: RecordPlace, i: number): PutOutcome {
  const sequenceNumber = recordSequenceNumber(shard, {
    ...place,
    position: place.position + i,
  });
  return { kind: "stored", shardIndex: shard.index, sequenceNumber };
}
