/**
 * One run with delivery streams: producers and readers under faults, then a quiet time in which everything must come right, then the
 * verdict.
 */
import { laneKey, laneKeys } from "../../src/delivery/delivery-stream.ts";
import { laneReaders } from "../../src/delivery/lane-change.ts";
import { allLanes } from "../../src/delivery/lanes.ts";
import { isOver, replayReader } from "../../src/delivery/replay/replay.ts";
import { DIRECT_PUT_RETENTION_MS, MESSAGE_HIDDEN_SECONDS } from "../../src/limits.ts";
import { checkHistory } from "./checker.ts";
import { bringKeysBack } from "./encryptions.ts";
import { type FaultName, faultsOf, weatherOf } from "./faults.ts";
import { interfere } from "./interference.ts";
import { locateSome } from "./locating.ts";
import { type Mutant, NO_MUTANT } from "./mutants.ts";
import { resumeOne } from "./pauses.ts";
import { produce } from "./producer.ts";
import {
  busyMs,
  checkIdle,
  endFaults,
  MAX_STEPS,
  resultOf,
  runAftermath,
  runBusy,
  type RunResult,
  runUntilSettled,
  SECOND_PROBE_AFTER_MS,
  type SimulationOptions,
  waitingUpTo,
} from "./quiet.ts";
import { areRedrivesOver, noteRedrives, redriveAll } from "./redrives.ts";
import { areReplaysOver, noteReplays, standingReplays } from "./replays.ts";
import { createStream, drawShape, type StreamShape } from "./streams.ts";
import { streamOf } from "./twins.ts";
import { startSweeping } from "./sweeping.ts";
import { sweep } from "./workers.ts";
import { createWorld, type World } from "./world.ts";

const CALLS_PER_PRODUCER = 14;
/** An attempt that is refused is sent again within some seconds. */
const TAKEN_MS = 10_000;
/** The longest interval, the fill timeout, a queue's rounding, two retries, and well below the sweep's grace. */
const PROMPT_MS = { calm: 15_000, prompt: 25_000, rough: Number.POSITIVE_INFINITY } as const;
/** A look at the stream, and a run that has just begun. */
const PAUSED_MS = { calm: 5000, prompt: 5000, rough: Number.POSITIVE_INFINITY } as const;
/** A lost message shows again, a reader backs off, a lease ends, the sweep looks twice. */
const RECOVERY_MAX_MS = 1000 * MESSAGE_HIDDEN_SECONDS + 120_000 + 30_000 + 4 * 60_000;

export async function simulate(options: SimulationOptions<Mutant>): Promise<RunResult> {
  const { seed, maxSteps = MAX_STEPS, mutant = NO_MUTANT, onTrace } = options;
  const isLimited = mutant.isLimited ?? options.isLimited ?? false;
  const weather = weatherOf(seed);
  const world = createWorld({ seed, weather, mutant, onTrace, isLimited });
  const { scheduler, random } = world;
  const shapes = ["logs", "clicks"]
    .slice(0, random.fraction() < 0.7 ? 1 : 2)
    .map((name) => ({ ...drawShape(name, world), receiver: world.receiverWeather.drawShape() }))
    .map(asReceiverTakesIt);
  const streamNames = shapes.map(({ name }) => name);

  let isReady = false;
  void Promise.all(shapes.map((shape) => createStream(world, shape))).then(() => (isReady = true));
  await scheduler.run({ isOver: () => isReady });

  let producing = 2 + Math.floor(random.fraction() * 2);
  const producers = Array.from({ length: producing }, (_, i) => ({
    name: `p${i}`,
    streamNames,
    callCount: CALLS_PER_PRODUCER,
    pauseMaxMs: [50, 1000, 8000][Math.floor(random.fraction() * 3)] as number,
    patienceMs: 1000 + random.fraction() * 30_000,
    hasInvocationId: i > 0 || random.fraction() < 0.7,
    isProbe: false,
  }));
  for (const producer of producers) void produce(world, producer).then(() => (producing -= 1));
  startSweeping(world, (process) => sweep(world, process));
  await runBusy(world, maxSteps, {
    areDone: () => producing === 0,
    beforeStep: () => interfere(world, shapes),
  });

  const recoveryMs = await calmDown(world, streamNames);
  const violations = [
    ...checkHistory(world.history, {
      retentionMs: DIRECT_PUT_RETENTION_MS,
      clockSkewMs: world.skewMaxMs,
      promptMs: PROMPT_MS[weather] + busyMs(world),
      pausedMs: PAUSED_MS[weather] + busyMs(world),
      takenMs: TAKEN_MS + busyMs(world),
    }),
    ...world.abandoned.check(),
    ...(await checkIdle(world)),
  ];
  const result = resultOf(
    world,
    { seed, weather },
    { violations, recoveryMs },
    {
      "calls acknowledged": "acknowledged",
      objects: "object",
      replays: "replay",
      redrives: "redrive",
      "objects redriven": "redriven",
      "objects put aside": "put aside",
      "calls located": "located",
    },
  );
  return withReceivers(world, result);
}

/** Nothing but S3 has partitions. */
function asReceiverTakesIt({ receiver, ...shape }: StreamShape): StreamShape {
  return receiver ? { ...shape, receiver, partitionedBy: undefined } : shape;
}

/** The faults of receivers are counted apart. */
function withReceivers({ history, receiverWeather }: World, result: RunResult): RunResult {
  const { counts, rates } = receiverWeather.faults;
  const names = faultsOf("receivers");
  const of = (values: Readonly<Record<FaultName, number>>) =>
    Object.fromEntries(names.map((name) => [name, values[name]]));
  const takenCount = history.filter((event) => event.kind === "object" && event.isReceived).length;
  return {
    ...result,
    faultCounts: { ...result.faultCounts, ...of(counts) },
    rates: { ...result.rates, ...of(rates) },
    counts: { ...result.counts, "taken by receivers": takenCount },
  };
}

/**
 * The faults end, clocks are right again, and each stream gets a record now and one a minute later: the doorbell of
 * the last record before may have been lost for good, and the sweep switched off. Answers when nothing lagged.
 */
async function calmDown(world: World, streamNames: readonly string[]): Promise<number> {
  const { scheduler } = world;
  endFaults(world);
  world.receiverWeather.faults.switchOff();
  world.twins.openBucket();
  bringKeysBack(world);
  for (const name of streamNames) void resumeOne(world, name);
  let probing = 2;
  const probe = (name: string) => () => {
    const calls = { callCount: streamNames.length, pauseMaxMs: 0, patienceMs: 60_000 };
    const producer = { name, streamNames, hasInvocationId: true, isProbe: true, ...calls };
    void produce(world, producer).then(() => (probing -= 1));
  };
  scheduler.add(undefined, "first probe", probe("q0"));
  scheduler.after(undefined, SECOND_PROBE_AFTER_MS, "second probe", probe("q1"));
  const recoveryMs = await runUntilSettled(
    world,
    RECOVERY_MAX_MS,
    async () =>
      probing === 0 &&
      (await readersOf(world)).every(({ lag }) => lag === 0) &&
      (await areReplaysOver(world)) &&
      (await areRedrivesOver(world)),
  );
  await redriveLast(world, streamNames);
  void locateSome(world);
  await runAftermath(world);
  for (const { lag: _lag, ...reader } of await readersOf(world)) {
    world.note({ kind: "settled", ...reader });
  }
  for (const ended of await endedLanes(world)) world.note({ kind: "settled", ...ended });
  await noteReplays(world);
  await noteRedrives(world);
  return recoveryMs;
}

/** What failed is redriven once all is delivered. */
async function redriveLast(world: World, streamNames: readonly string[]): Promise<void> {
  let areAllBegun = false;
  void redriveAll(world, streamNames).then(() => (areAllBegun = true));
  await runUntilSettled(
    world,
    RECOVERY_MAX_MS,
    async () => areAllBegun && (await areRedrivesOver(world)),
  );
}

/**
 * Where the readers of the streams that stand are. A replay's that is over reads nothing any more: what opened it was
 * late, and it goes when it is woken.
 */
async function readersOf(world: World) {
  const { streams, twins } = world;
  const over = new Set((await standingReplays(world)).filter(isOver).map(replayReader));
  const found = [];
  for (const { name } of streams.values()) {
    const stream = await twins.deliveryStreams.get(name);
    for (const shard of stream ? laneKeys(stream) : []) {
      for (const { readerId: reader, checkpoint } of await twins.readers.list(shard)) {
        if (over.has(reader)) continue;
        const block = checkpoint.blockIndex;
        const head = await waitingUpTo(twins.log, shard, block);
        found.push({ stream: streamOf(shard), shard, reader, block, head, lag: head - block });
      }
    }
  }
  return found;
}

/** What stood in lanes that are gone is owed like everything else, to each of the stream's readers. */
async function endedLanes({ streams, twins }: World) {
  const ended = [];
  for (const { name } of streams.values()) {
    const stream = await twins.deliveryStreams.get(name);
    if (stream?.lanes === undefined) continue;
    const standing = allLanes(stream.lanes);
    for (let lane = 0; lane < stream.lanes.next; lane++) {
      if (standing.includes(lane)) continue;
      const shard = laneKey(stream, lane);
      for (const { readerId: reader } of laneReaders(stream)) {
        ended.push({ stream: streamOf(shard), shard, reader, block: 0, head: 0 });
      }
    }
  }
  return ended;
}
