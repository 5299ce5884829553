/**
 * Where a shard iterator begins. A sequence number need not be that of a record: it stands before the first record
 * whose number is not below it.
 */
import type { IteratorStart } from "../log/iterator.ts";
import { parseSequenceNumber, type SequenceFields } from "../log/sequence.ts";
import { startingSequenceNumber } from "./shard-sequence.ts";
import type { DataStream, Shard } from "./stream.ts";

export const TRIM_HORIZON: IteratorStart = { kind: "record", blockIndex: 0, position: 0 };

export type SequenceStart =
  | { readonly kind: "start"; readonly start: IteratorStart }
  /** No sequence number at all. */
  | { readonly kind: "malformed" }
  | { readonly kind: "otherShard"; readonly shardIndex: number }
  | { readonly kind: "otherStream" };

/** Kinesis's first kind of number was below this. */
const VERSION_0_END = 2n ** 129n;
/** `2`, 45 digits, and the version: `4…1` was the second kind. */
const VERSION_1 = /^2[0-9a-f]{45}1$/;

/**
 * `which`: the record of that number itself, or the one after it. `headIndex`: the first index that was not
 * reserved; a number beyond it (that of a closed shard's end) stands there.
 */
export function sequenceStart(
  stream: Pick<DataStream, "createdAtMs">,
  shard: Shard,
  text: string,
  which: "at" | "after",
  headIndex: number,
): SequenceStart {
  const fields = parseSequenceNumber(text);
  if (fields === undefined) return { kind: isOfOldKind(text) ? "otherStream" : "malformed" };
  if (fields.shardIndex !== shard.index) {
    return fields.shardCreatedAtMs < secondOf(stream.createdAtMs)
      ? { kind: "otherStream" }
      : { kind: "otherShard", shardIndex: fields.shardIndex };
  }
  if (fields.shardCreatedAtMs !== secondOf(shard.createdAtMs)) return { kind: "otherStream" };
  return { kind: "start", start: placeOf(shard, text, fields, which, headIndex) };
}

function placeOf(
  shard: Shard,
  text: string,
  { blockIndex, position }: SequenceFields,
  which: "at" | "after",
  headIndex: number,
): IteratorStart {
  // Below every record's number, so what comes after it begins there, too.
  if (text === startingSequenceNumber(shard)) return TRIM_HORIZON;
  if (blockIndex >= headIndex) return { kind: "record", blockIndex: headIndex, position: 0 };
  return { kind: "record", blockIndex, position: which === "at" ? position : position + 1 };
}

const secondOf = (ms: number) => Math.floor(ms / 1000) * 1000;

function isOfOldKind(text: string): boolean {
  const value = BigInt(text);
  return value < VERSION_0_END || VERSION_1.test(value.toString(16));
}
