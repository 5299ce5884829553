/**
 * Lanes that follow their load, decided by those who put. What a call's reservation told of its lane is looked at once the
 * call is stored, in memory; only where the lanes bear too much does one of many calls look at the stream, learn of new
 * lanes that others have opened, or open them.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { laneKey } from "../../delivery/delivery-stream.ts";
import { openLanes } from "../../delivery/lane-change.ts";
import {
  boundsFor,
  isTooMuch,
  LANE_BOUNDS,
  type LaneBounds,
  type LaneLoad,
  lanesFor,
} from "../../delivery/lane-load.ts";
import { isJustChanged, type LaneSet } from "../../delivery/lanes.ts";
import {
  FOLLOW_LOAD_MAX_MS,
  LANE_CHANGE_PAUSE_MS,
  LANE_REFUSED_PAUSE_MS,
  LANES_TRIED_MAX_COUNT,
} from "../../limits.ts";
import type { Clock } from "../../clock.ts";
import type { CallContext, DeliveryStreamContext } from "../context.ts";

export type FollowContext = Pick<CallContext, "clock" | "random"> &
  Pick<DeliveryStreamContext, "deliveryStreams" | "laneBounds" | "laneMeter" | "streamCache">;

/** Whether some lane had room for it. */
export type CallOutcome = "taken" | "refused";

/** How many calls a second look, of all processes together, for each lane. */
const LOOKS_PER_SECOND = 32;
/** How many times as many lanes there are to be where all that a call tried have no room, at least. */
const REFUSED_GROWTH = 2;

/**
 * Never fails: what it could not do, the next call may. Behind a call that was refused, the stream in the cache has the
 * lanes that others have opened, or that it opened itself.
 */
export async function followLoad(
  stream: DeliveryStream,
  context: FollowContext,
  call: CallOutcome,
): Promise<void> {
  const { lanes } = stream;
  if (lanes === undefined || lanes.open.length === 0) return;
  const { laneMeter } = context;
  laneMeter.noteCall(stream, call === "taken");
  // Who is refused looks in any case: others may have opened lanes.
  const isLooking =
    call === "refused" ? laneMeter.isLookDue(stream) : isLooker(stream, lanes.open, context);
  const wanted = isLooking ? wantedCount(stream, lanes, context) : 0;
  if (wanted === 0 && !(isLooking && call === "refused")) return;
  await forAWhile(
    context.clock,
    // The next call tries again.
    become(stream, wanted, call, context).catch(() => {}),
  );
}

/** While the table is busy it takes seconds, and the producer waits: the rest is done by whoever comes next. */
async function forAWhile(clock: Clock, work: Promise<void>): Promise<void> {
  const isOver = new AbortController();
  await Promise.race([work, clock.sleep(FOLLOW_LOAD_MAX_MS, isOver.signal)]);
  isOver.abort();
}

/** How many lanes there should be by what this process sees; 0: no more than there are. */
function wantedCount(
  stream: DeliveryStream,
  lanes: LaneSet,
  { laneMeter, laneBounds = LANE_BOUNDS }: FollowContext,
): number {
  const count = lanes.open.length;
  const bounds = boundsFor(lanes, laneBounds);
  const load = laneMeter.loadOf(stream);
  const excess = laneMeter.excessOf(stream);
  if (load === undefined) {
    // Where a call tries but a part of the lanes, some process is not refused by them all and sees a rate. If none does,
    // the table is full, and more lanes would not change it; nor where less than the lanes bear is refused.
    if (excess === undefined || count > LANES_TRIED_MAX_COUNT) return 0;
  } else if (!isTooMuch(load, count, bounds)) return 0;
  // A lane that is full shows no more than it takes, however much more is wanted.
  const offered = times(
    load ?? busy(count, bounds),
    load ? Math.max(1, excess ?? 1) : (excess ?? 1),
  );
  if (!isTooMuch(offered, count, bounds)) return 0;
  return Math.max(lanesFor(offered, bounds), excess === undefined ? 0 : count * REFUSED_GROWTH);
}

/** One of many calls. Any lane tells how many others look, and all are only looked at by some. */
function isLooker(
  stream: DeliveryStream,
  open: readonly number[],
  { laneMeter, random }: FollowContext,
): boolean {
  const lane = laneKey(stream, open[Math.floor(random.fraction() * open.length)]!);
  return random.fraction() * laneMeter.callsPerSecond(lane) < LOOKS_PER_SECOND;
}

/** What lanes are taken to bear, at least, of which is only known that they refuse. */
const busy = (count: number, { busyBlocksPerSecond }: LaneBounds): LaneLoad => ({
  blocksPerSecond: count * busyBlocksPerSecond,
  bytesPerSecond: 0,
});

const times = ({ blocksPerSecond, bytesPerSecond }: LaneLoad, factor: number): LaneLoad => ({
  blocksPerSecond: blocksPerSecond * factor,
  bytesPerSecond: bytesPerSecond * factor,
});

async function become(
  known: DeliveryStream,
  wanted: number,
  call: CallOutcome,
  context: FollowContext,
): Promise<void> {
  const { clock, streamCache, laneMeter } = context;
  const current = await streamCache.refresh(known.name);
  if (current?.lanes === undefined || current.generation !== known.generation) return;
  const isNews = current.lanes.changedAtMs !== known.lanes?.changedAtMs;
  if (isNews) laneMeter.forget(known);
  // Who is refused by several lanes knows enough of them.
  const pauseMs = call === "refused" ? LANE_REFUSED_PAUSE_MS : LANE_CHANGE_PAUSE_MS;
  if (isNews || isJustChanged(current.lanes, clock.now(), pauseMs)) return;
  if (wanted <= current.lanes.open.length) return;
  // Or somebody else has just changed them.
  await openLanes(context, current, wanted);
  laneMeter.forget(known);
  await streamCache.refresh(known.name);
}
