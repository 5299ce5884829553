/**
 * The next stretch of a shard for a reader: dense, resolved (every index holds data or a tombstone) and, where
 * the log has that much, just past the reader's buffer size.
 */
import type { Clock } from "../clock.ts";
import { readDense, resolveGap } from "../log/read.ts";
import type { LogEntry, LogStore, ShardHead, ShardKey } from "../log/store.ts";
import type { Checkpoint } from "./store.ts";

/** Plain JSON: it is stored in plans. */
export interface Span {
  readonly from: Checkpoint;
  /** Exclusive. */
  readonly to: Checkpoint;
  /** Records between the two that were not expired. */
  readonly recordCount: number;
  /** Arrival of the first of them; of nothing when there are none. */
  readonly oldestArrivedAtMs: number | undefined;
}

export interface SpanOptions {
  readonly log: LogStore;
  readonly clock: Clock;
  readonly shard: ShardKey;
  readonly from: Checkpoint;
  /** Stop after the block that reaches it. */
  readonly sizeBytes: number;
  readonly retentionMs: number;
}

/** `undefined` when the reader has seen all that was reserved, or the shard is gone. */
export async function nextSpan(options: SpanOptions): Promise<Span | undefined> {
  const { log, clock, shard, from, retentionMs } = options;
  const head = await log.head(shard);
  if (head === undefined || head.blockIndex <= from.blockIndex) return undefined;
  for (;;) {
    const span = await denseSpan(options, head);
    if (span.to.blockIndex > from.blockIndex) return span;
    const visible = await firstEntry(log, { shard, from: from.blockIndex, to: head.blockIndex });
    if (visible?.kind === "data" && visible.expiresAtMs <= clock.now()) {
      // What came before an expired block has expired, too, and TTL may have removed it: nothing to wait for.
      const to = { blockIndex: visible.index, byteOffset: visible.byteOffset };
      return { from, to, recordCount: 0, oldestArrivedAtMs: undefined };
    }
    await resolveGap({ log, clock, retentionMs }, shard, {
      from: from.blockIndex,
      to: visible?.index ?? head.blockIndex,
    });
  }
}

/** What is visible without a gap; empty when the very first block is not. */
async function denseSpan(
  { log, clock, shard, from, sizeBytes }: SpanOptions,
  head: ShardHead,
): Promise<Span> {
  let to = from;
  let recordCount = 0;
  let oldestArrivedAtMs: number | undefined;
  const range = { shard, from: from.blockIndex, to: head.blockIndex };
  for await (const entry of readDense(log, range)) {
    if (entry.kind === "tombstone") {
      to = { blockIndex: entry.index + 1, byteOffset: to.byteOffset };
      continue;
    }
    to = { blockIndex: entry.index + 1, byteOffset: entry.byteOffset + entry.byteCount };
    if (entry.expiresAtMs <= clock.now()) continue;
    recordCount += entry.recordCount;
    oldestArrivedAtMs ??= entry.arrivedAtMs;
    if (to.byteOffset - from.byteOffset >= sizeBytes) break;
  }
  // The head counts bytes that were reserved and never written; when nothing is left, agree with it.
  if (to.blockIndex === head.blockIndex) to = { ...to, byteOffset: head.byteOffset };
  return { from, to, recordCount, oldestArrivedAtMs };
}

async function firstEntry(
  log: LogStore,
  range: { readonly shard: ShardKey; readonly from: number; readonly to: number },
): Promise<LogEntry | undefined> {
  for await (const entry of log.read(range)) return entry;
  return undefined;
}
