/**
 * Where a shard iterator begins. A sequence number need not be that of a record: it stands before the first record
 * whose number is not below it.
 */
import type { IteratorStart } from "../log/iterator.ts";
import { parseOldSequenceNumber } from "../log/old-sequence.ts";
import { parseSequenceNumber, type SequenceFields } from "../log/sequence.ts";
import { isAtCounterEnd, isBetweenRecords } from "./shard-sequence.ts";
import type { Shard } from "./stream.ts";

export type SequenceStart =
  | { readonly kind: "start"; readonly start: IteratorStart }
  /** No sequence number at all. */
  | { readonly kind: "malformed" }
  /** That of a closed shard's end, or what would be for an open one. */
  | { readonly kind: "end" }
  | { readonly kind: "otherShard"; readonly shardIndex: number }
  | { readonly kind: "otherStream" };

/**
 * `which`: the record of that number itself, or the one after it. `headIndex`: the first index that was not
 * reserved; a number beyond it stands there.
 */
export function sequenceStart(
  shard: Shard,
  text: string,
  which: "at" | "after",
  headIndex: number,
): SequenceStart {
  const fields = parseSequenceNumber(text);
  const encoded = fields ?? parseOldSequenceNumber(text);
  if (encoded === undefined) return { kind: "malformed" };
  // First of all, as AWS does: of another stream's numbers, too, most are said to be of another shard.
  const { shardIndex } = encoded;
  if (shardIndex !== shard.index) return { kind: "otherShard", shardIndex };
  if (fields?.shardCreatedAtMs !== secondOf(shard.createdAtMs)) return { kind: "otherStream" };
  if (isAtCounterEnd(fields)) return { kind: "end" };
  return { kind: "start", start: placeOf(fields, which, headIndex) };
}

function placeOf(fields: SequenceFields, which: "at" | "after", headIndex: number): IteratorStart {
  const { blockIndex, position } = fields;
  if (blockIndex >= headIndex) return { kind: "record", blockIndex: headIndex, position: 0 };
  // What comes after a number that no record has begins there, too.
  const isAt = which === "at" || isBetweenRecords(fields);
  return { kind: "record", blockIndex, position: isAt ? position : position + 1 };
}

const secondOf = (ms: number) => Math.floor(ms / 1000) * 1000;
