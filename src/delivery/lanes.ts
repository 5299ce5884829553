/**
 * Which lanes a Direct PUT delivery stream has. Each is a shard log with readers of its own, so what is taken and what
 * is delivered grow by the same number.
 *
 *   open ──▶ closing: nobody chooses it any more ──▶ sealed, once every cache must know ──▶ read to its end ──▶ gone
 *
 * A lane that is gone takes its number with it: its blocks still stand for a day, and ids of its records longer.
 */
import { isAhead } from "../clock.ts";
import { LANE_CHANGE_MAX_COUNT, LANE_CHANGE_PAUSE_MS, LANES_MAX_COUNT } from "../limits.ts";

/** Plain JSON: it is stored with the stream. */
export interface LaneSet {
  /** Producers put into one of them. */
  readonly open: readonly number[];
  readonly closing?: readonly ClosingLane[];
  /** What the next lane is called. */
  readonly next: number;
  readonly changedAtMs: number;
  /** What the counters of the open lanes said when they were last looked at to see whether fewer would do. */
  readonly seen?: LaneTotals & { readonly atMs: number };
  /** Bytes a second that a reader was seen to deliver when it fell behind; absent: as many as readers usually do. */
  readonly readerBytesPerSecond?: number;
}

export interface ClosingLane {
  readonly lane: number;
  readonly sinceMs: number;
}

/** Of all that was ever reserved. */
export interface LaneTotals {
  readonly blockCount: number;
  readonly byteCount: number;
}

export function firstLanes(nowMs: number): LaneSet {
  return { open: [0], next: 1, changedAtMs: nowMs };
}

/** All that have readers. */
export function allLanes({ open, closing = [] }: LaneSet): readonly number[] {
  return [...open, ...closing.map(({ lane }) => lane)];
}

/** With so many open lanes, as far as the bounds of streams and of one step allow. */
export function withMoreLanes(set: LaneSet, openCount: number, nowMs: number): LaneSet {
  const missing = Math.min(openCount, LANES_MAX_COUNT) - set.open.length;
  const count = Math.min(missing, LANE_CHANGE_MAX_COUNT);
  if (count <= 0) return set;
  const { seen: _past, ...rest } = set;
  const added = Array.from({ length: count }, (_, i) => set.next + i);
  return { ...rest, open: [...set.open, ...added], next: set.next + count, changedAtMs: nowMs };
}

/** With so many open lanes: the oldest stay. */
export function withFewerLanes(set: LaneSet, openCount: number, nowMs: number): LaneSet {
  const { seen: _past, readerBytesPerSecond, ...rest } = set;
  const leaving = set.open.slice(openCount).map((lane) => ({ lane, sinceMs: nowMs }));
  return {
    ...rest,
    open: set.open.slice(0, openCount),
    closing: [...(set.closing ?? []), ...leaving],
    changedAtMs: nowMs,
    // With a single lane it is tried anew what a reader delivers.
    ...(openCount > 1 && readerBytesPerSecond !== undefined && { readerBytesPerSecond }),
  };
}

export function withoutLanes(set: LaneSet, gone: readonly number[]): LaneSet {
  const { closing = [], ...rest } = set;
  const left = closing.filter(({ lane }) => !gone.includes(lane));
  return {
    ...rest,
    open: set.open.filter((lane) => !gone.includes(lane)),
    ...(left.length > 0 && { closing: left }),
  };
}

/** Whether it is too early to judge by what the lanes bear: not all producers know of the last change. */
export function isJustChanged(
  { changedAtMs }: LaneSet,
  nowMs: number,
  pauseMs = LANE_CHANGE_PAUSE_MS,
): boolean {
  return isAhead(changedAtMs + pauseMs, nowMs, pauseMs);
}
