/**
 * Many delivery streams, each with one record a second: what a record costs must not depend on how many others there
 * are, and once nothing is put any more nothing may be spent.
 */
import { laneKeys } from "../../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../../src/delivery/lane-change.ts";
import { NO_MUTANT } from "../mutants.ts";
import type { Scheduler } from "../scheduler.ts";
import { startSweeping } from "../sweeping.ts";
import { sweep } from "../workers.ts";
import { createWorld } from "../world.ts";
import { countingObjects, sleepOf } from "./counting-stores.ts";
import { dollarsOf } from "./dollars.ts";
import { lagOf, newStream } from "./lanes-load.ts";
import { spentSince } from "./shard-load.ts";
import { createLoad, every, happen, runFor, type TimedEvent } from "./stage.ts";

export interface FleetLoad {
  readonly streamCount: number;
  readonly seconds: number;
  readonly bufferIntervalSeconds: number;
  readonly events?: readonly TimedEvent[];
  readonly hasNewTables?: boolean;
}

export interface FleetFigures {
  readonly streamCount: number;
  readonly recordCount: number;
  readonly deliveredCount: number;
  readonly throttledCount: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly dollarsPerMillion: number;
  readonly writeUnitsPerRecord: number;
  readonly readUnitsPerRecord: number;
  readonly invocations: Readonly<Record<string, number>>;
  /** Of some of the streams: how long the oldest record that was not delivered had waited, at most. */
  readonly worstLagMs: number;
  /** In the hour after all was delivered and the sweep had seen to it. */
  readonly idleUnits: number;
}

/** Lambda has about so many processes of a function that takes so long. */
const CALL_SECONDS = 0.05;
const RECORD_BYTES = 1000;
/** One for so many shards: a table of many writes has a stream of many shards. */
const STREAMS_PER_DOORBELL = 250;
const LOOKED_AT_COUNT = 10;
const LOOK_EVERY_MS = 5000;
/** For what is delivered last, and for the sweep to come to rest. */
const SETTLING_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

export async function loadFleet(load: FleetLoad): Promise<FleetFigures> {
  const { streamCount } = load;
  const sleep = sleepOf((): Scheduler => world.scheduler);
  const book = createLoad({
    processCount: Math.ceil(streamCount * CALL_SECONDS),
    doorbellCount: Math.ceil(streamCount / STREAMS_PER_DOORBELL),
    ...(load.hasNewTables && { hasNewTables: true }),
  });
  const objects = countingObjects(sleep);
  const world = createWorld({
    seed: 1,
    weather: "calm",
    mutant: NO_MUTANT,
    isLimited: true,
    load: { ...book.stage, objects },
  });
  const { scheduler, twins } = world;
  const streams = Array.from({ length: streamCount }, (_, i) =>
    newStream(`logs-${i}`, { bufferSizeMiB: 5, ...load }, world),
  );
  for (const stream of streams) {
    await twins.deliveryStreams.create(stream, laneKeys(stream), laneReaders(stream));
  }
  startSweeping(world, (process) => sweep(world, process));
  const capacity = world.capacity!;
  const before = capacity.figures();
  const data = [world.random.bytes(RECORD_BYTES)];
  const startMs = scheduler.now();
  let recordCount = 0;
  let throttledCount = 0;

  async function put(name: string, number: number): Promise<void> {
    const request = { callId: Buffer.from(`call ${number}`), attempt: 1 };
    try {
      const { kind } = await world.pickApi().put(name, data, request);
      if (kind === "appended") recordCount += 1;
      else throttledCount += 1;
    } catch (error) {
      book.fails(error);
    }
  }

  const count = load.seconds * streamCount;
  const putNext = (number: number): void => {
    if (number === count) return;
    const delayMs = startMs + (1000 * number) / streamCount - scheduler.now();
    scheduler.after(undefined, delayMs, "call", () => {
      putNext(number + 1);
      void put(streams[number % streamCount]!.name, number);
    });
  };
  putNext(0);
  happen(world, load.events, "deliver");
  let worstLagMs = 0;
  const step = Math.max(1, Math.floor(streamCount / LOOKED_AT_COUNT));
  const lookedAt = streams.filter((_, i) => i % step === 0);
  const stopLooking = every(world, LOOK_EVERY_MS, async () => {
    for (const stream of lookedAt) worstLagMs = Math.max(worstLagMs, await lagOf(world, stream));
  });
  await runFor(world, 1000 * load.seconds + SETTLING_MS);
  stopLooking();
  const spent = spentSince(before, capacity.figures());
  const invocations = { ...book.invocations };
  const atRest = capacity.figures();
  await runFor(world, HOUR_MS);
  const idle = spentSince(atRest, capacity.figures());
  world.finish();
  const dollars = dollarsOf({ capacity: spent, invocations, callCount: count });
  return {
    streamCount,
    recordCount,
    // A worker that died after its object may have told nobody.
    deliveredCount: objects.figures().byteCount / RECORD_BYTES,
    throttledCount,
    errors: book.errors,
    dollarsPerMillion: (dollars / recordCount) * 1e6,
    writeUnitsPerRecord: spent.writeUnits / recordCount,
    readUnitsPerRecord: spent.readUnits / recordCount,
    invocations,
    worstLagMs,
    idleUnits: idle.writeUnits + idle.readUnits,
  };
}
