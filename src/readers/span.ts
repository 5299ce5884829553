/**
 * The next stretch of a shard for a reader: over holes and what is gone, and, where the log has that much, just past the
 * reader's buffer size. What has expired is passed at once, however much it is.
 */
import type { Clock } from "../clock.ts";
import { SPAN_LOOK_BUDGET_MS, SPAN_RAISED_FROM_BUFFERS, SPAN_RAISED_MAX_BYTES } from "../limits.ts";
import { readOn } from "../log/read-on.ts";
import { seekTime } from "../log/seek.ts";
import type { Block, LogStore, ShardHead, ShardKey } from "../log/store.ts";
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
  /** Records between the two that were wanted and had expired, as far as they can be counted; absent: none. */
  readonly expiredCount?: number;
  /** Its shard is closed and ends with it: there is no more to wait for. */
  readonly isLast?: true;
}

/** Which records of a shard can be read: those that arrived at that time or later, and of these the wanted ones. */
export interface ShardRetention {
  readonly retentionMs: number;
  /** Older records stay expired, though the retention would reach back to them by now. */
  readonly trimmedBeforeMs?: number;
  readonly shardCreatedAtMs: number;
  /** Absent: all are wanted. */
  readonly wanted?: ArrivalRange;
}

/** `sinceMs` inclusive, `untilMs` exclusive. */
export interface ArrivalRange {
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** Whether what arrived then is to be read, as long as it can be. */
export function isWanted({ wanted = {} }: ShardRetention, arrivedAtMs: number): boolean {
  const { sinceMs = -Infinity, untilMs = Infinity } = wanted;
  return arrivedAtMs >= sinceMs && arrivedAtMs < untilMs;
}

export function horizonMs(
  { retentionMs, trimmedBeforeMs = 0 }: ShardRetention,
  nowMs: number,
): number {
  return Math.max(nowMs - retentionMs, trimmedBeforeMs);
}

export interface SpanOptions {
  readonly log: LogStore;
  readonly clock: Clock;
  readonly shard: ShardKey;
  readonly from: Checkpoint;
  /** Stop after the block that reaches it. */
  readonly sizeBytes: number;
  /** Where several times as much waits, stop later. */
  readonly mayBeRaised?: boolean;
  readonly retention: ShardRetention;
}

/** `undefined` when the reader has seen all that was reserved, or the shard is gone. */
export async function nextSpan(options: SpanOptions): Promise<Span | undefined> {
  const { log, shard, from } = options;
  const head = await log.head(shard);
  if (head === undefined || head.blockIndex <= from.blockIndex) return undefined;
  const span = await resolvedSpan({ ...options, sizeBytes: sizeOf(options, head) }, head);
  const isLast = head.sealed && span.to.blockIndex === head.blockIndex;
  return isLast ? { ...span, isLast } : span;
}

function sizeOf({ sizeBytes, mayBeRaised, from }: SpanOptions, { byteOffset }: ShardHead): number {
  const waitingBytes = byteOffset - from.byteOffset;
  if (!mayBeRaised || waitingBytes < SPAN_RAISED_FROM_BUFFERS * sizeBytes) return sizeBytes;
  return Math.max(sizeBytes, Math.min(waitingBytes, SPAN_RAISED_MAX_BYTES));
}

async function resolvedSpan(options: SpanOptions, head: ShardHead): Promise<Span> {
  const { log, clock, shard, from, sizeBytes, retention } = options;
  let to = from;
  let recordCount = 0;
  let expiredCount = 0;
  let oldestArrivedAtMs: number | undefined;
  let maySeek = true;
  const entries = readOn(options, {
    shard,
    from: from.blockIndex,
    head,
    byteCount: sizeBytes,
    // What is on its way at the end is left to the next span, unless there is nothing else.
    patience: () => (to.blockIndex === from.blockIndex ? "all" : "holes"),
    horizonMs: horizonMs(retention, clock.now()),
    retentionMs: retention.retentionMs,
    deadlineMs: clock.now() + SPAN_LOOK_BUDGET_MS,
  });
  for await (const entry of entries) {
    if (entry.kind !== "data") {
      to = {
        blockIndex: entry.kind === "gone" ? entry.to : entry.index + 1,
        byteOffset: to.byteOffset,
      };
      continue;
    }
    const sinceMs = horizonMs(retention, clock.now());
    const isExpired = entry.arrivedAtMs < sinceMs;
    if (isExpired && recordCount === 0 && maySeek) {
      // What came before an expired block has expired, too: nothing of it need be gone through.
      maySeek = false;
      const rest = { shard, from: entry.index, to: head.blockIndex };
      const livingFrom = await seekTime(log, rest, sinceMs);
      if (livingFrom > entry.index + 1) return emptySpan(options, head, entry, livingFrom);
    }
    to = { blockIndex: entry.index + 1, byteOffset: entry.byteOffset + entry.byteCount };
    if (!isWanted(retention, entry.arrivedAtMs)) continue;
    if (isExpired) {
      expiredCount += entry.recordCount;
      continue;
    }
    recordCount += entry.recordCount;
    oldestArrivedAtMs ??= entry.arrivedAtMs;
    if (to.byteOffset - from.byteOffset >= sizeBytes) break;
  }
  return {
    from,
    to: agreeingWith(head, to),
    recordCount,
    oldestArrivedAtMs,
    ...(expiredCount > 0 && { expiredCount }),
  };
}

/** Over what nobody can read any more, from `first` on. */
async function emptySpan(
  { log, shard, from }: SpanOptions,
  head: ShardHead,
  first: Block,
  to: number,
): Promise<Span> {
  let { byteOffset } = from;
  let expiredCount = first.recordCount;
  for await (const entry of log.read({ shard, from: to - 1, to: to + 1 })) {
    if (entry.kind === "tombstone") continue;
    const isBefore = entry.index < to;
    byteOffset = entry.byteOffset + (isBefore ? entry.byteCount : 0);
    expiredCount = entry.firstRecord + (isBefore ? entry.recordCount : 0) - first.firstRecord;
  }
  const end = agreeingWith(head, { blockIndex: to, byteOffset });
  return { from, to: end, recordCount: 0, oldestArrivedAtMs: undefined, expiredCount };
}

/** The head counts bytes that were reserved and never written; when nothing is left, agree with it. */
function agreeingWith({ blockIndex, byteOffset }: ShardHead, to: Checkpoint): Checkpoint {
  return to.blockIndex === blockIndex ? { blockIndex, byteOffset } : to;
}
