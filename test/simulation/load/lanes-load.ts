/**
 * Load on a Direct PUT stream, whose lanes follow it: the code that is deployed, over twins that give what AWS gives, in
 * virtual time. All records have the same data, which does not compress; what GZIP takes is counted
 * (`counting-stores.ts`), and the objects hold what would be compressed.
 */
import { randomHex } from "../../../src/random.ts";
import { LANE_SPARE_AFTER_MS } from "../../../src/limits.ts";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
  laneKeys,
} from "../../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../../src/delivery/lane-change.ts";
import { allLanes } from "../../../src/delivery/lanes.ts";
import type { CapacityFigures } from "../../../src/storage/memory/capacity.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { NO_MUTANT } from "../mutants.ts";
import type { Scheduler } from "../scheduler.ts";
import { startSweeping } from "../sweeping.ts";
import { sweep } from "../workers.ts";
import { createWorld, type World } from "../world.ts";
import { countingObjects, sharedBodies, sleepOf } from "./counting-stores.ts";
import { spentSince } from "./shard-load.ts";
import {
  createLoad,
  every,
  happen,
  LOOK_EVERY_MS,
  runFor,
  type TimedEvent,
  type Times,
  timesOf,
} from "./stage.ts";

export interface LanesPhase {
  readonly seconds: number;
  /** Calls a second, rising or falling evenly. */
  readonly fromRate: number;
  readonly toRate: number;
  readonly recordsPerCall: number;
  readonly recordBytes: number;
}

export interface LanesLoad {
  readonly phases: readonly LanesPhase[];
  readonly processCount: number;
  readonly bufferSizeMiB: number;
  readonly bufferIntervalSeconds: number;
  readonly events?: readonly TimedEvent[];
  readonly hasNewTables?: boolean;
  /** How long the stream may take to come back to one lane. */
  readonly restSeconds: number;
}

export interface LanesFigures {
  readonly phases: readonly {
    readonly offeredRecords: number;
    readonly acceptedRecords: number;
    readonly throttledRecords: number;
    /** In its last ten seconds. */
    readonly acceptedPerSecond: number;
    readonly acceptedBytesPerSecond: number;
    /** At its end. */
    readonly laneCount: number;
  }[];
  readonly acceptedRecords: number;
  readonly acceptedBytes: number;
  readonly deliveredRecords: number;
  readonly deliveredBytes: number;
  readonly objectCount: number;
  readonly objectBytes: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly callMs: Times;
  readonly mostLanes: number;
  /** How long the oldest record that was not delivered had waited, at most. */
  readonly worstLagMs: number;
  /** From the last call until all was delivered; absent: not yet. */
  readonly deliveredAfterMs?: number;
  /** And until one lane was left. */
  readonly oneLaneAfterMs?: number;
  readonly invocations: Readonly<Record<string, number>>;
  readonly capacity: CapacityFigures;
}

const STREAM_NAME = "logs";
const DOORBELL_COUNT = 4;
const LAST_SECONDS = 10;
/** Before the first call. */
const SETTLING_MS = 2000;

export async function loadLanes(load: LanesLoad): Promise<LanesFigures> {
  const random = seededRandom(2);
  const sleep = sleepOf((): Scheduler => world.scheduler);
  const objects = countingObjects(sleep);
  const bodies = sharedBodies(random, sleep);
  const book = createLoad({ ...load, doorbellCount: DOORBELL_COUNT });
  const world = createWorld({
    seed: 1,
    weather: "calm",
    mutant: NO_MUTANT,
    isLimited: true,
    load: { ...book.stage, objects, bodies },
  });
  const { scheduler, twins } = world;
  const { errors, delivered, invocations } = book;
  const stream = newStream(STREAM_NAME, load, world);
  await twins.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  startSweeping(world, (process) => sweep(world, process));
  await runFor(world, SETTLING_MS);

  const capacity = world.capacity!;
  const before = capacity.figures();
  const callsMs: number[] = [];
  let underWay = 0;
  const tally = { offered: 0, accepted: 0, throttled: 0, bytes: 0 };

  async function put(
    number: number,
    data: readonly Uint8Array[],
    byteCount: number,
  ): Promise<void> {
    const sentAtMs = scheduler.now();
    tally.offered += data.length;
    underWay += 1;
    const request = { callId: Buffer.from(`call ${number}`), attempt: 1 };
    try {
      const { kind } = await world.pickApi().put(STREAM_NAME, data, request);
      if (kind === "appended") {
        tally.accepted += data.length;
        tally.bytes += byteCount;
      } else tally.throttled += data.length;
    } catch (error) {
      book.fails(error);
    }
    callsMs.push(scheduler.now() - sentAtMs);
    underWay -= 1;
  }

  let worstLagMs = 0;
  let mostLanes = 1;
  const seconds: { accepted: number; bytes: number }[] = [];
  let laneCount = 1;
  const stopLooking = every(world, LOOK_EVERY_MS, async () => {
    const standing = (await twins.deliveryStreams.get(STREAM_NAME))!;
    laneCount = standing.lanes!.open.length;
    mostLanes = Math.max(mostLanes, laneCount);
    seconds.push({ accepted: tally.accepted, bytes: tally.bytes });
    worstLagMs = Math.max(worstLagMs, await lagOf(world, standing));
  });
  happen(world, load.events, "deliver");

  let number = 0;
  const phases: LanesFigures["phases"][number][] = [];
  for (const phase of load.phases) {
    const { seconds: duration, fromRate, toRate, recordsPerCall, recordBytes } = phase;
    const data = Array<Uint8Array>(recordsPerCall).fill(world.random.bytes(recordBytes));
    const fromMs = scheduler.now();
    const was = { ...tally };
    const putNext = (): void => {
      const share = (scheduler.now() - fromMs) / (1000 * duration);
      if (share >= 1) return;
      const rate = Math.max(1, fromRate + (toRate - fromRate) * share);
      scheduler.after(undefined, 1000 / rate, "call", () => {
        putNext();
        void put(number++, data, recordsPerCall * recordBytes);
      });
    };
    putNext();
    await runFor(world, duration * 1000);
    const last = Math.min(LAST_SECONDS, duration);
    const then = seconds.at(-1 - last) ?? { accepted: 0, bytes: 0 };
    const now = seconds.at(-1)!;
    phases.push({
      offeredRecords: tally.offered - was.offered,
      acceptedRecords: tally.accepted - was.accepted,
      throttledRecords: tally.throttled - was.throttled,
      acceptedPerSecond: Math.round((now.accepted - then.accepted) / last),
      acceptedBytesPerSecond: Math.round((now.bytes - then.bytes) / last),
      laneCount,
    });
  }
  const endMs = scheduler.now();
  let deliveredAfterMs: number | undefined;
  let oneLaneAfterMs: number | undefined;
  while (scheduler.now() < endMs + load.restSeconds * 1000) {
    await runFor(world, LOOK_EVERY_MS);
    const standing = (await twins.deliveryStreams.get(STREAM_NAME))!;
    const isDelivered = underWay === 0 && (await lagOf(world, standing)) === 0;
    if (isDelivered) deliveredAfterMs ??= scheduler.now() - endMs;
    if (allLanes(standing.lanes!).length === 1) oneLaneAfterMs ??= scheduler.now() - endMs;
    if (deliveredAfterMs !== undefined && oneLaneAfterMs !== undefined) break;
  }
  stopLooking();
  world.finish();
  const { objectCount, byteCount } = objects.figures();
  return {
    phases,
    acceptedRecords: tally.accepted,
    acceptedBytes: tally.bytes,
    deliveredRecords: delivered.records,
    deliveredBytes: delivered.bytes,
    objectCount,
    objectBytes: byteCount,
    errors,
    callMs: timesOf(callsMs),
    mostLanes,
    worstLagMs,
    ...(deliveredAfterMs !== undefined && { deliveredAfterMs }),
    ...(oneLaneAfterMs !== undefined && { oneLaneAfterMs }),
    invocations,
    capacity: spentSince(before, capacity.figures()),
  };
}

export function newStream(
  name: string,
  load: Pick<LanesLoad, "bufferSizeMiB" | "bufferIntervalSeconds">,
  { random, scheduler }: World,
): DeliveryStream {
  return {
    name,
    generation: randomHex(random, 8),
    versionId: 1,
    createdAtMs: scheduler.now(),
    // Long enough ago for the load to be judged at once.
    lanes: { open: [0], next: 1, changedAtMs: scheduler.now() - LANE_SPARE_AFTER_MS },
    destination: {
      roleArn: "arn:aws:iam::000000000000:role/firehose",
      bucketArn: "arn:aws:s3:::delivered",
      prefix: "",
      errorOutputPrefix: "failed/",
      bufferSizeMiB: load.bufferSizeMiB,
      bufferIntervalSeconds: load.bufferIntervalSeconds,
      compression: "UNCOMPRESSED",
    },
  };
}

/** How long the oldest record that is not delivered has waited, in whichever lane. */
export async function lagOf({ twins, scheduler }: World, stream: DeliveryStream): Promise<number> {
  let lagMs = 0;
  for (const lane of allLanes(stream.lanes!)) {
    const shard = laneKey(stream, lane);
    const to = (await twins.log.head(shard))?.blockIndex ?? 0;
    const reader = await twins.readers.get(shard, DELIVERY_READER);
    const from = reader?.checkpoint.blockIndex ?? to;
    for await (const entry of twins.log.read({ shard, from, to })) {
      if (entry.kind === "tombstone") continue;
      lagMs = Math.max(lagMs, scheduler.now() - entry.arrivedAtMs);
      break;
    }
  }
  return lagMs;
}
