/** What a mapping's function gets to see of a stored record: taken apart if asked for, and what passes the filter. */
import type { Clock } from "../clock.ts";
import { FILTER_STEPS_AT_ONCE } from "../limits.ts";
import { recordSequenceNumber } from "../streams/record-sequence.ts";
import type { ReadRecord } from "../streams/read.ts";
import type { Shard } from "../streams/stream.ts";
import { deaggregate } from "../streams/deaggregate.ts";
import { parseFilterPattern } from "./filter-pattern.ts";
import type { WaitingRecord } from "./lane.ts";
import type { MappingOptions } from "./mapping.ts";
import { RecordFilter } from "./record-filter.ts";

type WantOptions = Pick<MappingOptions, "filterPatterns" | "deaggregates">;

/**
 * Of each record, in order. Filters may take long over one; others have their turn before the next.
 */
export async function wantedRecords(
  records: readonly ReadRecord[],
  shard: Shard,
  options: WantOptions,
  clock: Clock,
): Promise<readonly (readonly WaitingRecord[])[]> {
  const filter = filterOf(options);
  const all: WaitingRecord[][] = [];
  let stepCount = 0;
  for (const record of records) {
    const wanted: WaitingRecord[] = [];
    for (const each of seenRecords(record, shard, options)) {
      if (stepCount >= FILTER_STEPS_AT_ONCE) {
        stepCount = 0;
        await clock.sleep(0);
      }
      const verdict = filter.judge(each);
      stepCount += verdict.stepCount;
      if (verdict.isWanted) wanted.push({ ...each, data: ownBytes(each.data) });
    }
    all.push(wanted);
  }
  return all;
}

/** What is stored as one record may be several. */
function seenRecords(
  record: ReadRecord,
  shard: Shard,
  { deaggregates }: WantOptions,
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
  if (!deaggregates) return [stored];
  return deaggregate(stored).map((user) => ({
    ...stored,
    data: user.data,
    partitionKey: user.partitionKey,
    subSequenceNumber: user.subSequenceNumber,
  }));
}

/** A record may wait for long; a small one must not keep all of its block in memory. */
function ownBytes(data: Uint8Array): Uint8Array {
  return data.length < data.buffer.byteLength / SMALL_PART ? new Uint8Array(data) : data;
}

const SMALL_PART = 8;

const WANTS_ALL = new RecordFilter([]);

const prepared = new WeakMap<readonly string[], RecordFilter>();

/** Parsed once for as long as the mapping is remembered. */
function filterOf({ filterPatterns }: WantOptions): RecordFilter {
  if (filterPatterns === undefined) return WANTS_ALL;
  const known = prepared.get(filterPatterns);
  if (known) return known;
  const patterns = filterPatterns.map((text) => {
    const pattern = parseFilterPattern(text);
    // It was checked when the mapping was made.
    if ("error" in pattern) throw new Error(`filter pattern: ${pattern.error}`);
    return pattern;
  });
  const filter = new RecordFilter(patterns);
  prepared.set(filterPatterns, filter);
  return filter;
}
