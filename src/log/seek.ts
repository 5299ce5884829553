/**
 * Finding a time in a shard. Between two time marks there are some minutes of it; within these, blocks arrive in the
 * order of their indexes but for a little disorder, so a binary search leads to shortly before the first one wanted, and
 * the reader goes on from there block by block. What is missing says nothing: below the mark it may be what the store
 * has removed, above it a writer of this moment.
 */
import { ARRIVAL_DISORDER_MAX_MS, TIME_MARK_SLACK_MS } from "../limits.ts";
import type { Block, LogStore, ReadRange, ShardKey, TimeMarks } from "./store.ts";

/** How many indexes a probe looks at first; eight times as many whenever it met nothing. */
const PROBE_BLOCKS = 4;
const PROBE_GROWTH = 8;

/**
 * An index at or before the first block of the range that arrived at `timeMs` or later. Everything below it arrived
 * earlier, or is not there and stands before a block that did.
 */
export async function seekTime(log: LogStore, range: ReadRange, timeMs: number): Promise<number> {
  const surelyEarlierMs = timeMs - ARRIVAL_DISORDER_MAX_MS;
  const { shard, from, to } = range;
  const [mark, next] = await Promise.all([
    markedBefore(log, shard, timeMs),
    log.nextMark(shard, timeMs),
  ]);
  let low = Math.min(to, Math.max(from, mark));
  let high = Math.min(to, Math.max(low, next?.blockIndex ?? to));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await firstBlock(log, { shard, from: middle, to: high });
    if (block !== undefined && block.arrivedAtMs < surelyEarlierMs) low = block.index + 1;
    else high = middle;
  }
  return low;
}

/**
 * An index that is not behind the first block that arrived at `timeMs` or later: that of the last mark which is older by
 * enough, the shard's start where there is none.
 */
export async function markedBefore(
  marks: Pick<TimeMarks, "lastMark">,
  shard: ShardKey,
  timeMs: number,
): Promise<number> {
  const mark = await marks.lastMark(shard, timeMs - TIME_MARK_SLACK_MS);
  return mark?.blockIndex ?? 0;
}

/**
 * The first of the range that is there, no tombstone, and not far older than `timeMs`: what the store has removed before
 * that is not gone through.
 */
export async function firstBlockSince(
  log: LogStore,
  range: ReadRange,
  timeMs: number,
): Promise<Block | undefined> {
  if (range.from >= range.to) return undefined;
  const from = Math.max(range.from, await markedBefore(log, range.shard, timeMs));
  return firstBlock(log, { ...range, from });
}

/** The first that is there and no tombstone. */
export async function firstBlock(
  log: LogStore,
  { shard, from, to }: ReadRange,
): Promise<Block | undefined> {
  let start = from;
  for (let width = PROBE_BLOCKS; start < to; width *= PROBE_GROWTH) {
    const end = Math.min(to, start + width);
    for await (const entry of log.read({ shard, from: start, to: end })) {
      if (entry.kind === "data") return entry;
    }
    start = end;
  }
  return undefined;
}
