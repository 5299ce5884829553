/**
 * Lanes that follow their load, decided by those who put. What a call's reservation told of its lane is looked at once the
 * call is stored, in memory; only where the lanes bear too much does one of many calls look at the stream, learn of new
 * lanes that others have opened, or open them.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { laneKey } from "../../delivery/delivery-stream.ts";
import { openLanes } from "../../delivery/lane-change.ts";
import { boundsFor, isTooMuch, LANE_BOUNDS, lanesFor } from "../../delivery/lane-load.ts";
import { isJustChanged } from "../../delivery/lanes.ts";
import type { CallContext, DeliveryStreamContext } from "../context.ts";

export type FollowContext = Pick<CallContext, "clock" | "random"> &
  Pick<DeliveryStreamContext, "deliveryStreams" | "laneBounds" | "laneMeter" | "streamCache">;

/** How many calls a second look, of all processes together, for each lane. */
const LOOKS_PER_SECOND = 32;
/** How many times as many lanes there are to be where the counters refuse. */
const REFUSED_GROWTH = 4;

/** Never fails: the call is stored, and the next one may do what this one could not. */
export async function followLoad(stream: DeliveryStream, context: FollowContext): Promise<void> {
  const wanted = wantedCount(stream, context);
  if (wanted === undefined) return;
  try {
    await become(stream, wanted, context);
  } catch {
    // The next call tries again.
  }
}

/** How many lanes there should be; `undefined`: no more than there are, or it is for another call to see to it. */
function wantedCount(stream: DeliveryStream, context: FollowContext): number | undefined {
  const { lanes } = stream;
  if (lanes === undefined || lanes.open.length === 0) return undefined;
  const { laneMeter, random, laneBounds = LANE_BOUNDS } = context;
  const count = lanes.open.length;
  // Any of them tells how many others look, and all are only looked at by some.
  const lane = laneKey(stream, lanes.open[Math.floor(random.fraction() * count)]!);
  if (random.fraction() * laneMeter.callsPerSecond(lane) >= LOOKS_PER_SECOND) return undefined;
  const load = laneMeter.loadOf(stream);
  const bounds = boundsFor(lanes, laneBounds);
  // A lane that is full shows no more than it takes, however much more is wanted.
  const isRefused = lanes.open.some((index) => laneMeter.isRefused(laneKey(stream, index)));
  if (load === undefined) {
    // Whoever is refused at each of his puts sees no rate. That others saw one is as likely as not.
    return isRefused && random.fraction() < 0.5 ? count * REFUSED_GROWTH : undefined;
  }
  // Refused below that, the table is full, and more lanes would not change it.
  if (!isTooMuch(load, count, bounds)) return undefined;
  return Math.max(lanesFor(load, bounds), isRefused ? count * REFUSED_GROWTH : 0);
}

async function become(
  known: DeliveryStream,
  wanted: number,
  context: FollowContext,
): Promise<void> {
  const { clock, streamCache, laneMeter } = context;
  const current = await streamCache.refresh(known.name);
  if (current?.lanes === undefined || current.generation !== known.generation) return;
  const isNews = current.lanes.changedAtMs !== known.lanes?.changedAtMs;
  if (isNews) laneMeter.forget(known);
  if (isNews || isJustChanged(current.lanes, clock.now())) return;
  if ((await openLanes(context, current, wanted)) === current) return;
  laneMeter.forget(known);
  await streamCache.refresh(known.name);
}
