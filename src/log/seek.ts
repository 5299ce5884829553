/**
 * Finding a time in a shard. Blocks arrive in the order of their indexes but for a little disorder, so a binary
 * search leads to shortly before the first one wanted, and the reader goes on from there block by block.
 */
import { ARRIVAL_DISORDER_MAX_MS } from "../limits.ts";
import type { Block, LogStore, ReadRange } from "./store.ts";

/** How many indexes a probe looks at first; eight times as many whenever it met nothing. */
const PROBE_BLOCKS = 4;
const PROBE_GROWTH = 8;

/**
 * An index at or before the first block of the range that arrived at `timeMs` or later. Everything below it arrived
 * earlier, or is not there and stands before a block that did.
 */
export async function seekTime(log: LogStore, range: ReadRange, timeMs: number): Promise<number> {
  const surelyEarlierMs = timeMs - ARRIVAL_DISORDER_MAX_MS;
  let low = range.from;
  let high = range.to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = await firstBlock(log, { shard: range.shard, from: middle, to: high });
    if (block !== undefined && block.arrivedAtMs < surelyEarlierMs) low = block.index + 1;
    else high = middle;
  }
  return low;
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
