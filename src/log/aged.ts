/**
 * What is too old to be written any more. A block's put is refused once `PLACE_WRITABLE_MS` have passed since the block
 * arrived, so whatever was reserved before something that is older than that, with two clocks' errors on top, stands by
 * now or never will: it may be passed without a wait and without a tombstone. Three things say how old a place is: a
 * block that stands behind it, the counter of its shard, and the shard's time marks. What is missing says nothing.
 */
import { WRITER_GONE_AFTER_MS } from "../limits.ts";
import type { LogEntry, ShardHead, ShardKey, TimeMarks } from "./store.ts";

/**
 * What is older than this is aged.
 *
 * @param lookedAtMs before the first of the looks that shall find nothing there: whatever was written until then they see
 */
export function agedBeforeMs(lookedAtMs: number): number {
  return lookedAtMs - WRITER_GONE_AFTER_MS;
}

/** Whether all that was reserved before the entry is aged. A tombstone knows no time. */
export function isBehindAged(entry: LogEntry, beforeMs: number): boolean {
  return entry.kind === "data" && entry.arrivedAtMs < beforeMs;
}

/**
 * An index below which all that was reserved arrived before a time, as the shard's counter and its marks say; 0 when they
 * say nothing of what is behind `from`.
 */
export async function arrivedBefore(
  marks: Pick<TimeMarks, "lastMark" | "nextMark">,
  { shard, head, from }: Place,
  timeMs: number,
): Promise<number> {
  if (isWholeBefore(head, timeMs)) return head.blockIndex;
  const next = await marks.nextMark(shard, timeMs);
  if (next !== undefined && next.blockIndex <= from) return 0;
  // Nothing came for long until it was left.
  const isOld = next !== undefined && next.reservedBeforeMs <= timeMs;
  const mark = isOld ? next : await marks.lastMark(shard, timeMs);
  // It may have been left since the head was read.
  return Math.min(head.blockIndex, mark?.blockIndex ?? 0);
}

/** Whether all that the head counts arrived before that. */
export function isWholeBefore({ reservedBeforeMs }: ShardHead, timeMs: number): boolean {
  return reservedBeforeMs !== undefined && reservedBeforeMs <= timeMs;
}

interface Place {
  readonly shard: ShardKey;
  readonly head: ShardHead;
  readonly from: number;
}
