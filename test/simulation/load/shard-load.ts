/**
 * Load on one shard of a data stream: the code that is deployed, over twins that give what AWS gives, in virtual time.
 * Calls come evenly whatever becomes of them, as they do from many producers who know nothing of each other; readers
 * are event source mappings with functions that only count.
 */
import { ServiceError } from "../../../src/errors.ts";
import { dataStreamArn } from "../../../src/operations/arn.ts";
import { createEventSourceMapping } from "../../../src/operations/hydrant/create-event-source-mapping.ts";
import { putRecords } from "../../../src/operations/kinesis/put-records.ts";
import { randomHex } from "../../../src/random.ts";
import { initialShards } from "../../../src/streams/shard-map.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { type CapacityFigures, createCapacity } from "../../../src/storage/memory/capacity.ts";
import { newDataStream } from "../../helpers/data-stream.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { NO_CONSUMER_MUTANT } from "../consumers/mutant.ts";
import { contextOf, STREAM_NAME } from "../consumers/ports.ts";
import { payloadOf } from "../consumers/payload.ts";
import { sweep } from "../consumers/workers.ts";
import { type ConsumerWorld, createConsumerWorld } from "../consumers/world.ts";
import { startSweeping } from "../sweeping.ts";
import { createTimeline } from "./timeline.ts";

export interface Phase {
  readonly seconds: number;
  /** Calls a second. */
  readonly rate: number;
}

export interface ShardLoad {
  readonly phases: readonly Phase[];
  readonly recordsPerCall: number;
  readonly recordBytes: number;
  readonly processCount: number;
  readonly readerCount: number;
  /** How many of the calls say that they are a second attempt. */
  readonly retryShare?: number;
  /** How long to go on without a call, that readers may come to the end. */
  readonly restSeconds: number;
}

export interface ShardFigures {
  /** Of each phase, by the second, without its first two. */
  readonly phases: readonly {
    readonly offeredPerSecond: number;
    readonly acceptedPerSecond: number;
    readonly throttledPerSecond: number;
  }[];
  readonly acceptedCount: number;
  readonly throttledCount: number;
  /** By name: what was answered beside success and AWS's throttle. */
  readonly errors: Readonly<Record<string, number>>;
  /** Reserved places without data, of how many. */
  readonly holeCount: number;
  readonly placeCount: number;
  readonly callMs: { readonly median: number; readonly worst: number };
  /** How long the oldest record that a reader had not passed had waited, at most. */
  readonly worstLagMs: number;
  /** From the last call until no reader lagged; absent: some still do. */
  readonly caughtUpMs?: number;
  readonly capacity: CapacityFigures;
}

/** Half a round trip to DynamoDB. */
const LATENCY_MS = { min: 1, max: 4 };
const LOOK_EVERY_MS = 1000;
const WARMED_WRITE_UNITS = 40_000;
const WARMED_READ_UNITS = 120_000;
const THROTTLE = "ProvisionedThroughputExceededException";

export async function loadShard(load: ShardLoad): Promise<ShardFigures> {
  const errors: Record<string, number> = {};
  const fails = (name: string) => (errors[name] = (errors[name] ?? 0) + 1);
  const world = createConsumerWorld({
    seed: 1,
    weather: "calm",
    mutant: NO_CONSUMER_MUTANT,
    isLimited: true,
    load: {
      scheduler: (random, startMs) => createTimeline({ random, startMs, latencyMs: LATENCY_MS }),
      capacity: (now) =>
        createCapacity({
          now,
          warmWriteUnits: WARMED_WRITE_UNITS,
          warmReadUnits: WARMED_READ_UNITS,
        }),
      note: (happening) => {
        if (happening.kind === "surprise") fails((happening as unknown as Error).message);
      },
      apiCount: load.processCount,
      workerCount: 1000,
    },
  });
  const { scheduler } = world;
  const stream = newDataStream(STREAM_NAME, 1, scheduler.now());
  await world.twins.dataStreams.create(stream);
  await world.twins.dataStreams.addShards(stream, initialShards(1, scheduler.now()));
  const shard = dataShardKey(stream, 0);
  startSweeping(world, (process) => sweep(world, process));
  for (let number = 0; number < load.readerCount; number++) void createMapping(world, number);
  await runFor(world, 5000);

  const startMs = scheduler.now();
  const seconds: { offered: number; accepted: number; throttled: number }[] = [];
  const callsMs: number[] = [];
  const data = randomHex(world.random, Math.ceil(load.recordBytes / 2));
  let underWay = 0;

  async function put(number: number): Promise<void> {
    const sentAtMs = scheduler.now();
    const second = (seconds[Math.floor((sentAtMs - startMs) / 1000)] ??= {
      offered: 0,
      accepted: 0,
      throttled: 0,
    });
    second.offered += load.recordsPerCall;
    underWay += 1;
    const Records = Array.from({ length: load.recordsPerCall }, (_, i) => {
      const payload = payloadOf({ name: `${number}.${i}`, kind: "plain", filling: "" });
      const filling = data.slice(0, Math.max(0, load.recordBytes - payload.length));
      return {
        PartitionKey: String(number % 50),
        Data: payloadOf({ name: `${number}.${i}`, kind: "plain", filling }),
      };
    });
    const callId = Buffer.from(`call ${number}`);
    const attempt = (number * 0.618) % 1 < (load.retryShare ?? 0) ? 2 : 1;
    try {
      const { context } = world.pickApi();
      const answer = await putRecords.handle(
        { StreamName: STREAM_NAME, Records },
        { ...context, producerRequest: { callId, attempt } },
      );
      for (const { ErrorCode } of answer.Records) {
        if (ErrorCode === undefined) second.accepted += 1;
        else if (ErrorCode === THROTTLE) second.throttled += 1;
        else fails(ErrorCode);
      }
    } catch (error) {
      fails(error instanceof ServiceError ? error.name : String(error));
    }
    callsMs.push(scheduler.now() - sentAtMs);
    underWay -= 1;
  }

  let worstLagMs = 0;
  let isOver = false;
  async function look(): Promise<void> {
    worstLagMs = Math.max(worstLagMs, await lagOf(world, shard));
    if (!isOver) scheduler.after(undefined, LOOK_EVERY_MS, "look", () => void look());
  }
  void look();

  let number = 0;
  const phases: ShardFigures["phases"][number][] = [];
  let fromMs = startMs;
  for (const { seconds: duration, rate } of load.phases) {
    for (let i = 0; i < duration * rate; i++) {
      const delayMs = fromMs + (i * 1000) / rate - scheduler.now();
      const id = number++;
      scheduler.after(undefined, delayMs, "call", () => void put(id));
    }
    fromMs += duration * 1000;
    await runUntil(world, () => scheduler.now() >= fromMs);
  }
  const endMs = scheduler.now();
  let caughtUpMs: number | undefined;
  let nextLookMs = endMs;
  for (;;) {
    nextLookMs += LOOK_EVERY_MS;
    await runUntil(world, () => scheduler.now() >= nextLookMs);
    if (underWay === 0 && (await lagOf(world, shard)) === 0) caughtUpMs = scheduler.now() - endMs;
    if (caughtUpMs !== undefined || scheduler.now() >= endMs + load.restSeconds * 1000) break;
  }
  isOver = true;
  world.finish();

  let at = 0;
  for (const { seconds: duration } of load.phases) {
    const rows = seconds.slice(at + 2, at + duration);
    const perSecond = (of: (row: (typeof rows)[number]) => number) =>
      Math.round(rows.reduce((sum, row) => sum + of(row), 0) / rows.length);
    phases.push({
      offeredPerSecond: perSecond(({ offered }) => offered),
      acceptedPerSecond: perSecond(({ accepted }) => accepted),
      throttledPerSecond: perSecond(({ throttled }) => throttled),
    });
    at += duration;
  }
  const placeCount = (await world.twins.log.head(shard))?.blockIndex ?? 0;
  let dataCount = 0;
  for await (const { kind } of world.twins.memory.read({ shard, from: 0, to: placeCount })) {
    if (kind === "data") dataCount += 1;
  }
  const sorted = callsMs.toSorted((a, b) => a - b);
  return {
    phases,
    acceptedCount: seconds.reduce((sum, { accepted }) => sum + accepted, 0),
    throttledCount: seconds.reduce((sum, { throttled }) => sum + throttled, 0),
    errors,
    holeCount: placeCount - dataCount,
    placeCount,
    callMs: { median: sorted[sorted.length >> 1] ?? 0, worst: sorted.at(-1) ?? 0 },
    worstLagMs,
    ...(caughtUpMs !== undefined && { caughtUpMs }),
    capacity: world.capacity!.figures(),
  };
}

function runUntil({ scheduler }: ConsumerWorld, isOver: () => boolean): Promise<void> {
  return scheduler.run({ isOver });
}

function runFor(world: ConsumerWorld, durationMs: number): Promise<void> {
  const endMs = world.scheduler.now() + durationMs;
  // Something must be due then, or time would stand still before it.
  world.scheduler.after(undefined, durationMs, "end", () => {});
  return runUntil(world, () => world.scheduler.now() >= endMs);
}

async function createMapping(world: ConsumerWorld, number: number): Promise<void> {
  const process = world.spawn("admin");
  const context = contextOf(process, world);
  const shape = { number, reportsItemFailures: false, poisonCount: 0, namesPoison: false };
  const mappings = {
    ...context.mappings,
    create(mapping: Parameters<typeof context.mappings.create>[0]) {
      world.functions.set(mapping.uuid, shape);
      return context.mappings.create(mapping);
    },
  };
  await createEventSourceMapping.handle(
    {
      EventSourceArn: dataStreamArn({ accountId: ACCOUNT_ID, region: REGION }, STREAM_NAME),
      FunctionName: `count-${number}`,
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 500,
    },
    { ...context, mappings },
  );
  world.end(process);
}

/** How long the oldest record that some reader has not passed has waited. */
async function lagOf(
  { twins, scheduler }: ConsumerWorld,
  shard: ReturnType<typeof dataShardKey>,
): Promise<number> {
  const to = (await twins.log.head(shard))?.blockIndex ?? 0;
  let lagMs = 0;
  for (const { checkpoint } of await twins.readers.list(shard)) {
    for await (const entry of twins.memory.read({ shard, from: checkpoint.blockIndex, to })) {
      if (entry.kind === "tombstone") continue;
      lagMs = Math.max(lagMs, scheduler.now() - entry.arrivedAtMs);
      break;
    }
  }
  return lagMs;
}
