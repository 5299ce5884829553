/**
 * Opening lanes, closing them, and removing a stream with them. What the stream's item says of its lanes, their counters
 * and their readers change in one step, under the condition that the item is as it was read; so a lane that producers
 * may choose has its readers, and of those who want to change the same set one succeeds.
 */
import { type Clock, isAhead, isFresh } from "../clock.ts";
import {
  LANE_CHANGE_MAX_COUNT,
  LANE_COUNTER_KEPT_MS,
  LANE_SPARE_AFTER_MS,
  STREAM_CACHE_MAX_AGE_MS,
} from "../limits.ts";
import type { LogStore, ShardKey } from "../log/store.ts";
import type { ReaderStore } from "../readers/store.ts";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
  laneKeys,
  type S3Target,
} from "./delivery-stream.ts";
import { boundsFor, LANE_BOUNDS, type LaneBounds, lanesFor } from "./lane-load.ts";
import {
  allLanes,
  isJustChanged,
  type LaneSet,
  type LaneTotals,
  withFewerLanes,
  withMoreLanes,
  withoutLanes,
} from "./lanes.ts";
import type { DeliveryStreamStore, NewReader } from "./ports.ts";
import { parseReplayReader } from "./replay/replay.ts";
import { wakeRuleOf } from "./source/readers.ts";

export interface LaneChangePorts {
  readonly deliveryStreams: DeliveryStreamStore;
  readonly clock: Clock;
}

export interface LaneUpkeepPorts extends LaneChangePorts {
  readonly log: Pick<LogStore, "head" | "ring">;
  readonly readers: Pick<ReaderStore<unknown>, "list">;
}

/** How patient the upkeep is. */
export interface LanePace {
  readonly bounds: LaneBounds;
  /** How long less must have been put than half of the lanes bear. */
  readonly spareAfterMs: number;
  /** How long producers may still choose a lane that is closing. */
  readonly leaveMs: number;
}

export const LANE_PACE: LanePace = {
  bounds: LANE_BOUNDS,
  spareAfterMs: LANE_SPARE_AFTER_MS,
  leaveMs: STREAM_CACHE_MAX_AGE_MS,
};

/** The readers of each lane of a stream. */
export function laneReaders({ destination }: DeliveryStream): NewReader[] {
  const reader = (readerId: string, target: S3Target): NewReader => ({
    readerId,
    ...wakeRuleOf(target),
  });
  return [
    reader(DELIVERY_READER, destination),
    ...(destination.backup === undefined ? [] : [reader(BACKUP_READER, destination.backup)]),
  ];
}

/** Answers the stream as it stands then; as it stood where nothing was to be done, or somebody else changed it. */
export async function openLanes(
  { deliveryStreams, clock }: LaneChangePorts,
  stream: DeliveryStream,
  openCount: number,
  readerBytesPerSecond?: number,
): Promise<DeliveryStream> {
  const { lanes } = stream;
  if (lanes === undefined || stream.transition !== undefined) return stream;
  const more = withMoreLanes(lanes, openCount, clock.now());
  if (more === lanes) return stream;
  const after = {
    ...stream,
    lanes: { ...more, ...(readerBytesPerSecond !== undefined && { readerBytesPerSecond }) },
  };
  const opened = more.open.slice(lanes.open.length).map((lane) => laneKey(stream, lane));
  const change = { opened, readers: laneReaders(stream), removed: [] };
  return (await deliveryStreams.update(stream, after, change)) === "updated" ? after : stream;
}

/**
 * One look at a stream's lanes, as a sweep takes: closing lanes come a step further, and where half of the open ones
 * have long been enough, half are closed. Answers whether it has to be looked at again.
 */
export async function tendLanes(
  ports: LaneUpkeepPorts,
  stream: DeliveryStream,
  pace: LanePace = LANE_PACE,
): Promise<boolean> {
  if (!isTended(stream)) return false;
  const standing = await endLanes(ports, stream, pace);
  const { lanes } = standing;
  if (lanes === undefined || standing.transition !== undefined) return false;
  const after = lanes.open.length > 1 ? await spared(ports, standing, lanes, pace) : lanes;
  if (after !== lanes) await ports.deliveryStreams.update(standing, { ...standing, lanes: after });
  return isTended({ ...standing, lanes: after });
}

function isTended({ lanes, transition }: DeliveryStream): boolean {
  return (
    lanes !== undefined &&
    transition === undefined &&
    (lanes.open.length > 1 || lanes.closing !== undefined)
  );
}

/** Seals what producers have left, and removes what has been read to its end. */
async function endLanes(
  ports: LaneUpkeepPorts,
  stream: DeliveryStream,
  { leaveMs }: LanePace,
): Promise<DeliveryStream> {
  const { deliveryStreams, log, clock } = ports;
  const lanes = stream.lanes!;
  const ended: number[] = [];
  for (const { lane, sinceMs } of lanes.closing ?? []) {
    if (isAhead(sinceMs + leaveMs, clock.now(), leaveMs)) continue;
    const key = laneKey(stream, lane);
    const state = await stateOf(ports, key);
    if (state === "ended") ended.push(lane);
    else {
      if (state === "open") await deliveryStreams.sealLane(key);
      // What is buffered there waits for nothing any more. Who sealed it may have died before it rang.
      await log.ring(key, clock.now());
    }
  }
  const gone = ended.slice(0, LANE_CHANGE_MAX_COUNT);
  if (gone.length === 0) return stream;
  const after = { ...stream, lanes: withoutLanes(lanes, gone) };
  const removed = gone.map((lane) => laneKey(stream, lane));
  // Who replays the last days finds in them what was put to these lanes.
  const keptUntilMs = clock.now() + LANE_COUNTER_KEPT_MS;
  const change = { opened: [], readers: [], removed, keptUntilMs };
  return (await deliveryStreams.update(stream, after, change)) === "updated" ? after : stream;
}

/** `ended`: sealed, so that nothing is ever reserved in it again, and its readers have read all that was. */
async function stateOf(
  { log, readers }: LaneUpkeepPorts,
  lane: ShardKey,
): Promise<"open" | "sealed" | "ended"> {
  const head = await log.head(lane);
  if (head !== undefined && !head.sealed) return "open";
  const states = await readers.list(lane);
  const isRead = states.every(
    ({ readerId, checkpoint, plan }) =>
      // A replay needs the lane's blocks, and these stay.
      parseReplayReader(readerId) !== undefined ||
      (plan === undefined && checkpoint.blockIndex >= (head?.blockIndex ?? 0)),
  );
  return isRead ? "ended" : "sealed";
}

/** The lanes, or half of them where those have been enough for a while. */
async function spared(
  { log, clock }: LaneUpkeepPorts,
  stream: DeliveryStream,
  lanes: LaneSet,
  { bounds, spareAfterMs }: LanePace,
): Promise<LaneSet> {
  const nowMs = clock.now();
  const { seen } = lanes;
  if (seen && isFresh(seen.atMs, nowMs, spareAfterMs)) return lanes;
  const heads = await Promise.all(lanes.open.map((lane) => log.head(laneKey(stream, lane))));
  const sum = (of: "blockIndex" | "byteOffset") =>
    heads.reduce((total, head) => total + (head?.[of] ?? 0), 0);
  const totals = { blockCount: sum("blockIndex"), byteCount: sum("byteOffset") };
  const half = Math.floor(lanes.open.length / 2);
  const wanted = seen && lanesFor(loadBetween(seen, totals, nowMs), boundsFor(lanes, bounds));
  if (wanted !== undefined && wanted <= half && !isJustChanged(lanes, nowMs)) {
    return withFewerLanes(lanes, half, nowMs);
  }
  return { ...lanes, seen: { ...totals, atMs: nowMs } };
}

function loadBetween(
  from: LaneTotals & { readonly atMs: number },
  to: LaneTotals,
  nowMs: number,
): { readonly blocksPerSecond: number; readonly bytesPerSecond: number } {
  // A clock that was set back makes the time since then nothing, and the load without bound: nothing is closed.
  const seconds = Math.max(0, nowMs - from.atMs) / 1000;
  return {
    blocksPerSecond: (to.blockCount - from.blockCount) / seconds,
    bytesPerSecond: (to.byteCount - from.byteCount) / seconds,
  };
}

/**
 * Removes a stream with all its lanes, in as many steps as they need: the first ones leave it DELETING with fewer lanes,
 * for whoever meets it to go on with. `gone`: that generation is not there any more.
 */
export async function removeStream(
  { deliveryStreams, clock }: LaneChangePorts,
  stream: DeliveryStream,
): Promise<"removed" | "gone"> {
  let standing: DeliveryStream | undefined = stream;
  while (standing?.generation === stream.generation) {
    const lanes: readonly number[] = standing.lanes === undefined ? [] : allLanes(standing.lanes);
    if (lanes.length <= LANE_CHANGE_MAX_COUNT) {
      const outcome = await deliveryStreams.remove(standing, laneKeys(standing), clock.now());
      if (outcome !== "conflict") return outcome;
    } else await removePart(deliveryStreams, standing, lanes.slice(-LANE_CHANGE_MAX_COUNT), clock);
    standing = await deliveryStreams.get(stream.name);
  }
  return "gone";
}

async function removePart(
  deliveryStreams: DeliveryStreamStore,
  stream: DeliveryStream,
  part: readonly number[],
  clock: Clock,
): Promise<void> {
  const after: DeliveryStream = {
    ...stream,
    lanes: withoutLanes(stream.lanes!, part),
    transition: stream.transition ?? { kind: "deleting", sinceMs: clock.now() },
  };
  const removed = part.map((lane) => laneKey(stream, lane));
  await deliveryStreams.update(stream, after, { opened: [], readers: [], removed });
}
