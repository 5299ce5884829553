/**
 * A run of indexes that cannot be seen: holes, or blocks that the store removed after their time. Holes are closed
 * before anybody passes them. Expired blocks may be millions, and a tombstone for each would help nobody; of a run
 * that may be such, only the end is closed, where a writer of this moment could still be at work: a block further
 * down is either removed, or older than one that was.
 */
import type { Clock } from "../clock.ts";
import { BLOCK_LIFETIME_MIN_MS } from "../limits.ts";
import { resolveGap } from "./read.ts";
import type { SeekRange } from "./seek.ts";
import type { LogStore } from "./store.ts";

/** More writers than ever hang at one shard at once. */
const LAST_INDEXES = 100;

export interface GapPorts {
  readonly log: LogStore;
  readonly clock: Clock;
}

export interface GapOptions {
  readonly retentionMs: number;
  readonly shardCreatedAtMs: number;
}

/**
 * `gap` is a run of reserved indexes of which none was visible a moment ago. Answers where to read on: from there
 * something is visible, or the gap is over.
 */
export async function passGap(
  { log, clock }: GapPorts,
  gap: SeekRange,
  { retentionMs, shardCreatedAtMs }: GapOptions,
): Promise<number> {
  const removedBeforeMs = clock.now() - BLOCK_LIFETIME_MIN_MS;
  const from = (await mayBeRemoved(log, gap, shardCreatedAtMs, removedBeforeMs))
    ? Math.max(gap.from, gap.to - LAST_INDEXES)
    : gap.from;
  await resolveGap({ log, clock, retentionMs }, gap.shard, { from, to: gap.to });
  return from;
}

/** The store removes nothing that is younger than the block before the gap. */
async function mayBeRemoved(
  log: LogStore,
  { shard, from }: SeekRange,
  shardCreatedAtMs: number,
  removedBeforeMs: number,
): Promise<boolean> {
  if (from === 0) return shardCreatedAtMs < removedBeforeMs;
  for await (const before of log.read({ shard, from: from - 1, to: from })) {
    return before.kind === "data" && before.arrivedAtMs < removedBeforeMs;
  }
  return true;
}
