/**
 * One run with a data stream and its mappings: producers, consumers, reshards and changes of mappings under faults,
 * then a quiet time in which everything must come right, then the verdict.
 */
import { consumerReaderId } from "../../../src/consumer/mapping.ts";
import {
  HOURS_TO_MS,
  MESSAGE_HIDDEN_SECONDS,
  RETENTION_DEFAULT_HOURS,
  STREAM_TRANSITION_MAX_MS,
} from "../../../src/limits.ts";
import { openShards } from "../../../src/streams/shard-map.ts";
import { type DataStream, dataShardKey } from "../../../src/streams/stream.ts";
import { weatherOf } from "../faults.ts";
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
} from "../quiet.ts";
import { startSweeping } from "../sweeping.ts";
import { checkConsumers } from "./checker.ts";
import { drawUnrest, interfere } from "./interference.ts";
import { enableAll, wantMapping } from "./mappings.ts";
import { type ConsumerMutant, NO_CONSUMER_MUTANT } from "./mutant.ts";
import { STREAM_NAME } from "./ports.ts";
import { produce } from "./producer.ts";
import { createStream, lookAtStream, restoreStream } from "./streams.ts";
import { sweep } from "./workers.ts";
import { type ConsumerWorld, createConsumerWorld } from "./world.ts";

const CALLS_PER_PRODUCER = 13;
/** The longest batching window, the fill timeout, a queue's rounding, and what a reshard takes. */
const PROMPT_MS = { calm: 20_000, prompt: 30_000, rough: Number.POSITIVE_INFINITY } as const;
/** A lost message shows again, readers back off, poison is tried, records grow too old, the sweep looks twice. */
const RECOVERY_MAX_MS = 1000 * MESSAGE_HIDDEN_SECONDS + 120_000 + 30_000 + 4 * 60_000 + 300_000;
/** A second for each process that learns of a clock that was ahead, and a second of the limit for each few records. */
const TAKEN_MS = 10_000;
/** A stream that was made by a clock which was ahead shows as CREATING for that long at most, some time. */
const MADE_AHEAD_MS = STREAM_TRANSITION_MAX_MS + 5000;
const TIDY_PERIOD_MS = 30_000;
const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

export async function simulateConsumers(
  options: SimulationOptions<ConsumerMutant>,
): Promise<RunResult> {
  const { seed, maxSteps = MAX_STEPS, mutant = NO_CONSUMER_MUTANT, onTrace } = options;
  const isLimited = mutant.isLimited ?? options.isLimited ?? false;
  const weather = weatherOf(seed);
  const world = createConsumerWorld({ seed, weather, mutant, onTrace, isLimited });
  const { random } = world;
  const unrest = drawUnrest(world);
  const poisonShare = random.fraction() < 0.4 ? 0 : random.fraction() * 0.15;
  await createStream(world);
  const mappingCount = random.fraction() < 0.6 ? 1 : 2;
  for (let number = 0; number < mappingCount; number++) {
    const isLate = number > 0 && random.fraction() < 0.5;
    wantMapping(world, number, isLate ? random.fraction() * 30_000 : 0);
  }

  let producing = 2 + Math.floor(random.fraction() * 2);
  const producers = Array.from({ length: producing }, (_, i) => ({
    name: `p${i}`,
    keys: KEYS,
    callCount: CALLS_PER_PRODUCER,
    pauseMaxMs: [50, 1000, 8000][Math.floor(random.fraction() * 3)]!,
    patienceMs: 1000 + random.fraction() * 30_000,
    poisonShare,
    aggregates: world.aggregates !== "none",
    isProbe: false,
  }));
  for (const producer of producers) void produce(world, producer).then(() => (producing -= 1));
  startSweeping(world, (process) => sweep(world, process));
  await runBusy(world, maxSteps, {
    areDone: () => producing === 0,
    beforeStep: () => interfere(world, unrest),
  });

  const recoveryMs = await calmDown(world);
  const isSteady = unrest.mappingChanges === 0 && poisonShare === 0;
  const idleViolations = await checkIdle(world);
  const violations = [
    ...checkConsumers(world.history, {
      retentionMs: RETENTION_DEFAULT_HOURS * HOURS_TO_MS,
      clockSkewMs: world.skewMaxMs,
      isCalm: weather === "calm" && busyMs(world) === 0,
      takenMs: TAKEN_MS + busyMs(world) + (world.skewMaxMs > 0 ? MADE_AHEAD_MS : 0),
      ...(world.shardLimit !== undefined && { shardLimit: world.shardLimit }),
      ...(world.skewMaxMs > 0 && { clockCount: world.clockCount() }),
      ...(isSteady && { promptMs: PROMPT_MS[weather] + busyMs(world) }),
    }),
    ...world.abandoned.check(),
    ...idleViolations,
  ];
  const counts = {
    "records acknowledged": "acknowledged",
    invocations: "invoked",
    reports: "reported",
    shards: "shard",
    "changes of mappings": "mapping",
    "streams deleted": "stream gone",
  };
  return resultOf(world, { seed, weather }, { violations, recoveryMs }, counts);
}

/**
 * The faults end, clocks are right again, the stream stands, all mappings are enabled, and every key gets a record now
 * and one a minute later. Answers how long it took until nothing lagged.
 */
async function calmDown(world: ConsumerWorld): Promise<number> {
  const { scheduler, twins } = world;
  endFaults(world);
  let isRestored = false;
  void restoreStream(world).then(() => (isRestored = true));
  await scheduler.run({ isOver: () => isRestored });
  let open = 2;
  const probe = (name: string) => () => {
    const calls = { callCount: 1, pauseMaxMs: 0, patienceMs: 60_000 };
    const records = { keys: KEYS, poisonShare: 0, aggregates: false, isProbe: true };
    void produce(world, { name, ...calls, ...records }).then(() => (open -= 1));
  };
  scheduler.add(undefined, "first probe", probe("q0"));
  scheduler.after(undefined, SECOND_PROBE_AFTER_MS, "second probe", probe("q1"));
  let isOver = false;
  tidyUp(world, () => isOver);
  const recoveryMs = await runUntilSettled(
    world,
    RECOVERY_MAX_MS,
    async () => open === 0 && (await isAtRest(world)),
  );
  isOver = true;
  await runAftermath(world);
  const stream = await twins.dataStreams.get(STREAM_NAME);
  if (stream === undefined) {
    world.surprise(new Error("no stream stands in the end"));
    return recoveryMs;
  }
  for (const reader of await readersOf(world, stream)) world.note({ kind: "settled", ...reader });
  for (const reader of await unreadOf(world, stream)) world.note({ kind: "unread", ...reader });
  return recoveryMs;
}

/**
 * Users look at their stream, by which a reshard is finished whose maker died, and leave no mapping disabled. One who
 * was to delete it may have stood still until now.
 */
function tidyUp(world: ConsumerWorld, isOver: () => boolean): void {
  const again = () =>
    void world.scheduler.after(undefined, TIDY_PERIOD_MS, "users", () => tidyUp(world, isOver));
  const acts = [enableAll, lookAtStream, restoreStream];
  if (!isOver()) void Promise.all(acts.map((act) => act(world))).then(again);
}

async function isAtRest(world: ConsumerWorld): Promise<boolean> {
  const stream = await world.twins.dataStreams.get(STREAM_NAME);
  if (stream?.status !== "ACTIVE" || stream.pendingReshard) return false;
  const mappings = await world.twins.mappings.list({ limit: 100 });
  return (
    mappings.every(({ status, pending }) => status === "enabled" && !pending) &&
    mappings.every(({ streamGeneration }) => streamGeneration === stream.generation) &&
    (await unreadOf(world, stream)).length === 0 &&
    (await readersOf(world, stream)).every(
      ({ block, head, isSealed, isEnded }) => isEnded || (block === head && !isSealed),
    )
  );
}

/** The open shards that a mapping does not read. */
async function unreadOf({ twins, places }: ConsumerWorld, stream: DataStream) {
  const found = [];
  const open = openShards(await twins.dataStreams.shards(stream));
  for (const { uuid: mapping } of await twins.mappings.list({ limit: 100 })) {
    for (const { index } of open) {
      const key = dataShardKey(stream, index);
      if (await twins.readers.get(key, consumerReaderId(mapping))) continue;
      found.push({ mapping, shard: places.shardOf(key) });
    }
  }
  return found;
}

/** Where the readers of the mappings that stand are. */
async function readersOf({ twins, places }: ConsumerWorld, stream: DataStream) {
  const found = [];
  for (const { uuid: mapping } of await twins.mappings.list({ limit: 100 })) {
    for (const { index } of await twins.dataStreams.shards(stream)) {
      const key = dataShardKey(stream, index);
      const state = await twins.readers.get(key, consumerReaderId(mapping));
      const head = await twins.log.head(key);
      if (state === undefined || head === undefined) continue;
      const block = state.checkpoint.blockIndex;
      found.push({
        mapping,
        shard: places.shardOf(key),
        block,
        head: head.sealed ? head.blockIndex : await waitingUpTo(twins.log, key, block),
        isSealed: head.sealed,
        isEnded: state.ended ?? false,
      });
    }
  }
  return found;
}
