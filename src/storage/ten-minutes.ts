/**
 * How the counters of all stores tell that a reservation opens ten minutes of its shard: they keep the latest ten minutes
 * that anything arrived in, which only rise, so that one reservation opens each, and all before it arrived earlier.
 */
import { TIME_MARK_INTERVAL_MS } from "../limits.ts";
import type { TimeMark } from "../log/store.ts";

/** Counted from the epoch. */
export function tenMinutesOf(arrivedAtMs: number): number {
  return Math.floor(arrivedAtMs / TIME_MARK_INTERVAL_MS);
}

/** All that arrived in these ten minutes arrived before that. */
export function endOf(tenMinutes: number): number {
  return (tenMinutes + 1) * TIME_MARK_INTERVAL_MS;
}

/** `before`: those that the counter held until now. */
export function openingMark(
  tenMinutes: number,
  blockIndex: number,
  before: number | undefined,
): TimeMark {
  const atMs = tenMinutes * TIME_MARK_INTERVAL_MS;
  return { atMs, blockIndex, reservedBeforeMs: before === undefined ? atMs : endOf(before) };
}
