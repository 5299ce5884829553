/** How many lanes a load wants. Growing begins near what one lane bears, and ends well below it. */
import {
  LANE_BUSY_BLOCKS_PER_SECOND,
  LANE_BUSY_BYTES_PER_SECOND,
  LANES_MAX_COUNT,
} from "../limits.ts";

/** Of all open lanes together. */
export interface LaneLoad {
  readonly blocksPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What a lane bears before there should be more. */
export interface LaneBounds {
  readonly busyBlocksPerSecond: number;
  readonly busyBytesPerSecond: number;
}

export const LANE_BOUNDS: LaneBounds = {
  busyBlocksPerSecond: LANE_BUSY_BLOCKS_PER_SECOND,
  busyBytesPerSecond: LANE_BUSY_BYTES_PER_SECOND,
};

/** A lane is given that part of what makes it busy, so that the next doubling of the load finds room. */
const AIM = 0.5;

/** The bounds where a reader was seen to deliver less than readers usually do. */
export function boundsFor(
  { readerBytesPerSecond = Number.POSITIVE_INFINITY }: { readonly readerBytesPerSecond?: number },
  bounds: LaneBounds = LANE_BOUNDS,
): LaneBounds {
  return {
    ...bounds,
    busyBytesPerSecond: Math.min(bounds.busyBytesPerSecond, Math.max(1, readerBytesPerSecond)),
  };
}

/** Whether that load is too much for so many lanes. */
export function isTooMuch(load: LaneLoad, laneCount: number, bounds: LaneBounds): boolean {
  return (
    load.blocksPerSecond > laneCount * bounds.busyBlocksPerSecond ||
    load.bytesPerSecond > laneCount * bounds.busyBytesPerSecond
  );
}

/** How many lanes bear the load with room to spare, 1 … 64. */
export function lanesFor(load: LaneLoad, bounds: LaneBounds): number {
  const wanted = Math.max(
    load.blocksPerSecond / (bounds.busyBlocksPerSecond * AIM),
    load.bytesPerSecond / (bounds.busyBytesPerSecond * AIM),
  );
  return Math.min(Math.max(1, Math.ceil(wanted)), LANES_MAX_COUNT);
}
