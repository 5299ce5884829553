/**
 * A run of indexes that cannot be seen: holes, or blocks that the store removed after their time. Holes are closed
 * before anybody passes them. Expired blocks may be millions, and a tombstone for each would help nobody; of a run
 * that may be such, only the end is closed, where a writer of this moment could still be at work: a block further
 * down is either removed, or older than one that was.
 */
import type { Clock } from "../clock.ts";
import { BLOCK_LIFETIME_MIN_MS, HOLE_FILL_TIMEOUT_MS } from "../limits.ts";
import { resolveGap } from "./read.ts";
import type { LogEntry, LogStore, ReadRange } from "./store.ts";

/** What a shard's limit lets writers reserve within the fill timeout, and half as much again. */
const LAST_INDEXES = 3000;

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
  gap: ReadRange,
  { retentionMs, shardCreatedAtMs }: GapOptions,
): Promise<number> {
  const { shard } = gap;
  const ports = { log, clock, retentionMs };
  const removedBeforeMs = clock.now() - BLOCK_LIFETIME_MIN_MS;
  if (!(await mayBeRemoved(log, gap, shardCreatedAtMs, removedBeforeMs))) {
    await resolveGap(ports, shard, gap);
    return gap.from;
  }
  // Behind a long run that was passed before stand the tombstones of that time: no need for more of them. Behind a short
  // one they may be of writers who gave up their own places.
  const wasPassed =
    gap.to - gap.from > LAST_INDEXES &&
    (await firstEntry(log, { shard, from: gap.to, to: gap.to + 1 }))?.kind === "tombstone";
  const from = wasPassed ? gap.to : Math.max(gap.from, gap.to - LAST_INDEXES);
  if (wasPassed) await clock.sleep(HOLE_FILL_TIMEOUT_MS);
  else await resolveGap(ports, shard, { from, to: gap.to });
  // What shows by now further down was no removed block but a writer of this moment, and there may be more of them.
  if ((await firstEntry(log, { shard, from: gap.from, to: from })) === undefined) return from;
  await resolveGap(ports, shard, gap);
  return gap.from;
}

/** The store removes nothing that is younger than the block before the gap. */
async function mayBeRemoved(
  log: LogStore,
  { shard, from }: ReadRange,
  shardCreatedAtMs: number,
  removedBeforeMs: number,
): Promise<boolean> {
  if (shardCreatedAtMs >= removedBeforeMs) return false;
  if (from === 0) return true;
  const before = await firstEntry(log, { shard, from: from - 1, to: from });
  return before?.kind !== "data" || before.arrivedAtMs < removedBeforeMs;
}

async function firstEntry(log: LogStore, range: ReadRange): Promise<LogEntry | undefined> {
  for await (const entry of log.read(range)) return entry;
  return undefined;
}
