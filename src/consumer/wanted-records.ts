/** What a mapping's function gets to see of a stored record: taken apart if asked for, and what passes the filter. */
import { recordSequenceNumber } from "../streams/record-sequence.ts";
import type { ReadRecord } from "../streams/read.ts";
import type { Shard } from "../streams/stream.ts";
import { deaggregate } from "../streams/deaggregate.ts";
import { type FilterPattern, matches, parseFilterPattern } from "./filter-pattern.ts";
import type { WaitingRecord } from "./lane.ts";
import type { MappingOptions } from "./mapping.ts";

type WantOptions = Pick<MappingOptions, "filterPatterns" | "deaggregates">;

export function wantedRecords(
  record: ReadRecord,
  shard: Shard,
  options: WantOptions,
): readonly WaitingRecord[] {
  const { blockIndex, position, arrivedAtMs, recordOffset, byteOffset, data } = record;
  const stored: WaitingRecord = {
    position: { blockIndex, position },
    arrivedAtMs,
    recordOffset,
    byteOffset,
    sequenceNumber: recordSequenceNumber(shard, record),
    partitionKey: record.partitionKey ?? "",
    data,
  };
  const records = options.deaggregates
    ? deaggregate(stored).map((user) => ({
        ...stored,
        data: user.data,
        partitionKey: user.partitionKey,
        subSequenceNumber: user.subSequenceNumber,
      }))
    : [stored];
  const patterns = patternsOf(options);
  const wanted =
    patterns.length === 0 ? records : records.filter((each) => matches(patterns, each));
  return wanted.map((each) => ({ ...each, data: ownBytes(each.data) }));
}

/** A record may wait for long; a small one must not keep all of its block in memory. */
function ownBytes(data: Uint8Array): Uint8Array {
  return data.length < data.buffer.byteLength / SMALL_PART ? new Uint8Array(data) : data;
}

const SMALL_PART = 8;

const prepared = new WeakMap<readonly string[], readonly FilterPattern[]>();

/** Parsed once for as long as the mapping is remembered. */
function patternsOf({ filterPatterns }: WantOptions): readonly FilterPattern[] {
  if (filterPatterns === undefined) return [];
  const known = prepared.get(filterPatterns);
  if (known) return known;
  const patterns = filterPatterns.map((text) => {
    const pattern = parseFilterPattern(text);
    // It was checked when the mapping was made.
    if ("error" in pattern) throw new Error(`filter pattern: ${pattern.error}`);
    return pattern;
  });
  prepared.set(filterPatterns, patterns);
  return patterns;
}
