/**
 * Reading a shard in order. A reader never passes a reserved block that it cannot see: it waits, and after the
 * fill timeout it closes the hole with a tombstone under the same write-once condition that the writer uses, so
 * that exactly one of the two stands.
 */
import type { Clock } from "../clock.ts";
import { HOLE_FILL_TIMEOUT_MS, HOLE_POLL_INTERVAL_MS } from "../limits.ts";
import { lifetimeMs } from "./lifetime.ts";
import type { LogEntry, LogStore, ReadRange, ShardKey } from "./store.ts";

/**
 * The entries of [from, to), one per index. Ends early at the first index that is not visible.
 */
export async function* readDense(log: LogStore, range: ReadRange): AsyncGenerator<LogEntry> {
  let next = range.from;
  for await (const entry of log.read(range)) {
    if (entry.index !== next) return;
    yield entry;
    next++;
  }
}

export interface FillOptions {
  readonly log: LogStore;
  readonly clock: Clock;
  /** Tombstones live as long as the records around them. */
  readonly retentionMs: number;
}

/** How many tombstones are written at once. */
const FILL_CONCURRENCY = 25;
/** How many indexes are looked at in one go, so that memory stays bounded whatever is missing. */
const GAP_MAX_LENGTH = 10_000;

/**
 * Resolves the entry at `index`, which must have been reserved: what is there, what appears while we wait, or a
 * tombstone after the fill timeout, counted from first sight (now).
 */
export async function resolveEntry(
  { log, clock, retentionMs }: FillOptions,
  shard: ShardKey,
  index: number,
): Promise<LogEntry> {
  const fillAtMs = clock.now() + HOLE_FILL_TIMEOUT_MS;
  for (;;) {
    for await (const entry of log.read({ shard, from: index, to: index + 1 })) return entry;
    const now = clock.now();
    if (now >= fillAtMs) return log.fill(shard, index, now + lifetimeMs(retentionMs));
    await clock.sleep(Math.min(HOLE_POLL_INTERVAL_MS, fillAtMs - now));
  }
}

/**
 * Resolves a run of reserved indexes of which none was visible a moment ago: returns as soon as the first one
 * shows, or once all (of the first ten thousand) that stayed invisible through the fill timeout are closed.
 */
export async function resolveGap(
  options: FillOptions,
  shard: ShardKey,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const { log, clock, retentionMs } = options;
  const first = await resolveEntry(options, shard, from);
  if (first.kind === "data") return;
  const length = Math.min(to - from, GAP_MAX_LENGTH);
  const missing = new Set(Array.from({ length: length - 1 }, (_, i) => from + 1 + i));
  for await (const entry of log.read({ shard, from, to: from + length }))
    missing.delete(entry.index);
  const holes = [...missing];
  for (let i = 0; i < holes.length; i += FILL_CONCURRENCY) {
    const expiresAtMs = clock.now() + lifetimeMs(retentionMs);
    await Promise.all(
      holes.slice(i, i + FILL_CONCURRENCY).map((index) => log.fill(shard, index, expiresAtMs)),
    );
  }
}
