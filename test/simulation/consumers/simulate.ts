/**
 * One run with a data stream and its mappings: producers, consumers, reshards and changes of mappings under faults,
 * then a quiet time in which everything must come right, then the verdict.
 */
import { consumerReaderId, type EventSourceMapping } from "../../../src/consumer/mapping.ts";
import { HOURS_TO_MS, RETENTION_DEFAULT_HOURS } from "../../../src/limits.ts";
import { openShards } from "../../../src/streams/shard-map.ts";
import { dataShardKey, type Shard } from "../../../src/streams/stream.ts";
import { weatherOf } from "../faults.ts";
import { VISIBILITY_TIMEOUT_MS } from "../queue.ts";
import {
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
} from "../quiet.ts";
import { startSweeping } from "../sweeping.ts";
import { checkConsumers } from "./checker.ts";
import { checkWindows } from "./check-windows.ts";
import { drawUnrest, interfere } from "./interference.ts";
import { createMapping, enableAll } from "./mappings.ts";
import { type ConsumerMutant, NO_CONSUMER_MUTANT } from "./mutants.ts";
import { produce } from "./producer.ts";
import { createStream, lookAtStream, STREAM_NAME } from "./streams.ts";
import { sweep } from "./workers.ts";
import { type ConsumerWorld, createConsumerWorld } from "./world.ts";

const CALLS_PER_PRODUCER = 9;
/** The longest batching window, the fill timeout, a queue's rounding, and what a reshard takes. */
const PROMPT_MS = { calm: 20_000, prompt: 30_000, rough: Number.POSITIVE_INFINITY } as const;
/** A lost message shows again, readers back off, poison is tried, records grow too old, the sweep looks twice. */
const RECOVERY_MAX_MS = VISIBILITY_TIMEOUT_MS + 120_000 + 30_000 + 4 * 60_000 + 300_000;
const TIDY_PERIOD_MS = 30_000;
const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

export async function simulateConsumers(
  options: SimulationOptions<ConsumerMutant>,
): Promise<RunResult> {
  const { seed, maxSteps = MAX_STEPS, mutant = NO_CONSUMER_MUTANT, onTrace } = options;
  const weather = weatherOf(seed);
  const world = createConsumerWorld({ seed, weather, mutant, onTrace });
  const { scheduler, random } = world;
  const unrest = drawUnrest(world);
  const aggregates = random.fraction() < 0.3;
  const poisonShare = random.fraction() < 0.4 ? 0 : random.fraction() * 0.15;
  await createStream(world);
  const mappingCount = random.fraction() < 0.6 ? 1 : 2;
  for (let number = 0; number < mappingCount; number++) {
    const isLate = number > 0 && random.fraction() < 0.5;
    const delayMs = isLate ? random.fraction() * 30_000 : 0;
    const create = () => void createMapping(world, { number, deaggregates: aggregates });
    scheduler.after(undefined, delayMs, "a mapping is wanted", create);
  }

  let producing = 2 + Math.floor(random.fraction() * 2);
  const producers = Array.from({ length: producing }, (_, i) => ({
    name: `p${i}`,
    keys: KEYS,
    callCount: CALLS_PER_PRODUCER,
    pauseMaxMs: [50, 1000, 8000][Math.floor(random.fraction() * 3)]!,
    patienceMs: 1000 + random.fraction() * 30_000,
    poisonShare,
    aggregates,
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
  const retentionMs = RETENTION_DEFAULT_HOURS * HOURS_TO_MS;
  const idleViolations = await checkIdle(world);
  const violations = [
    ...checkConsumers(world.history, {
      retentionMs,
      clockSkewMs: world.skewMaxMs,
      isCalm: weather === "calm",
      ...(isSteady && { promptMs: PROMPT_MS[weather] }),
    }),
    ...checkWindows(world.history, { retentionMs }),
    ...idleViolations,
  ];
  const counts = {
    "records acknowledged": "acknowledged",
    invocations: "invoked",
    reports: "reported",
    shards: "shard",
    "changes of mappings": "mapping",
  };
  return resultOf(world, { seed, weather }, { violations, recoveryMs }, counts);
}

/**
 * The faults end, clocks are right again, all mappings are enabled, and every key gets a record now and one a minute
 * later. Answers when nothing lagged.
 */
async function calmDown(world: ConsumerWorld): Promise<number> {
  const { scheduler } = world;
  endFaults(world);
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
  for (const reader of await readersOf(world)) world.note({ kind: "settled", ...reader });
  return recoveryMs;
}

/** Users look at their stream, by which a reshard is finished whose maker died, and leave no mapping disabled. */
function tidyUp(world: ConsumerWorld, isOver: () => boolean): void {
  const again = () =>
    void world.scheduler.after(undefined, TIDY_PERIOD_MS, "users", () => tidyUp(world, isOver));
  if (!isOver()) void Promise.all([enableAll(world), lookAtStream(world)]).then(again);
}

async function isAtRest(world: ConsumerWorld): Promise<boolean> {
  const mappings = await world.twins.mappings.list({ limit: 100 });
  const stream = (await world.twins.dataStreams.get(STREAM_NAME))!;
  if (stream.pendingReshard) return false;
  if (mappings.some(({ status, pending }) => status !== "enabled" || pending)) return false;
  const readers = await readersOf(world);
  const open = openShards(await world.twins.dataStreams.shards(stream));
  const isRead = ({ uuid }: EventSourceMapping, { index }: Shard) =>
    readers.some(({ mapping, shard }) => mapping === uuid && shard === index);
  return (
    mappings.every((mapping) => open.every((shard) => isRead(mapping, shard))) &&
    readers.every(({ block, head, isSealed, isEnded }) => isEnded || (block === head && !isSealed))
  );
}

/** Where the readers of the mappings that stand are. */
async function readersOf({ twins }: ConsumerWorld) {
  const stream = (await twins.dataStreams.get(STREAM_NAME))!;
  const found = [];
  for (const { uuid: mapping } of await twins.mappings.list({ limit: 100 })) {
    for (const { index: shard } of await twins.dataStreams.shards(stream)) {
      const key = dataShardKey(stream, shard);
      const state = await twins.readers.get(key, consumerReaderId(mapping));
      const head = await twins.log.head(key);
      if (state === undefined || head === undefined) continue;
      found.push({
        mapping,
        shard,
        block: state.checkpoint.blockIndex,
        head: head.blockIndex,
        isSealed: head.sealed,
        isEnded: state.ended ?? false,
      });
    }
  }
  return found;
}
