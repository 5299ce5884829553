/**
 * Load on one shard of a data stream: the code that is deployed, over twins that give what AWS gives, in virtual time.
 * Calls come evenly whatever becomes of them, as they do from many producers who know nothing of each other; readers
 * are event source mappings with functions that only count, and pollers that call GetRecords once a second. All
 * records have the same data, which does not compress.
 */
import { dataStreamArn } from "../../../src/operations/arn.ts";
import { createEventSourceMapping } from "../../../src/operations/hydrant/create-event-source-mapping.ts";
import { getRecords } from "../../../src/operations/kinesis/get-records.ts";
import { getShardIterator } from "../../../src/operations/kinesis/get-shard-iterator.ts";
import { putRecords } from "../../../src/operations/kinesis/put-records.ts";
import { initialShards } from "../../../src/streams/shard-map.ts";
import { formatShardId } from "../../../src/streams/shard-id.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import type { CapacityFigures } from "../../../src/storage/memory/capacity.ts";
import { newDataStream } from "../../helpers/data-stream.ts";
import { ACCOUNT_ID, REGION } from "../api.ts";
import { NO_CONSUMER_MUTANT } from "../consumers/mutant.ts";
import { contextOf, STREAM_NAME } from "../consumers/ports.ts";
import { sweep } from "../consumers/workers.ts";
import { type ConsumerWorld, createConsumerWorld } from "../consumers/world.ts";
import { InjectedFault } from "../faults.ts";
import { startSweeping } from "../sweeping.ts";
import { fillDay, type RaiseFigures, type RaiseLoad, raiseRetention } from "./retention.ts";
import {
  createLoad,
  every,
  happen,
  type LoadBook,
  LOOK_EVERY_MS,
  runFor,
  type TimedEvent,
  type Times,
  timesOf,
} from "./stage.ts";

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
  /** Mappings. */
  readonly readerCount: number;
  readonly pollerCount: number;
  /** How many of the calls say that they are a second attempt: half of them of a call before, half of none. */
  readonly retryShare?: number;
  readonly events?: readonly TimedEvent[];
  readonly hasNewTables?: boolean;
  readonly raise?: RaiseLoad;
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
  /** Records in the log. */
  readonly storedCount: number;
  /** Reserved places without data, of how many. */
  readonly holeCount: number;
  readonly placeCount: number;
  /** Of those that say that they are a first attempt, and of the others. */
  readonly callMs: Times;
  readonly retryMs: Times;
  /** By functions, of all mappings, and by pollers. */
  readonly handledCount: number;
  readonly polledCount: number;
  readonly pollerCount: number;
  readonly invocationCount: number;
  /** Of functions of ours. */
  readonly invocations: Readonly<Record<string, number>>;
  /** How long the oldest record that a mapping had not passed had waited, at most. */
  readonly worstLagMs: number;
  /** As GetRecords says. */
  readonly worstBehindMs: number;
  /** From the last call until no mapping lagged; absent: some still do. */
  readonly caughtUpMs?: number;
  readonly capacity: CapacityFigures;
  readonly raise?: RaiseFigures;
}

const THROTTLE = "ProvisionedThroughputExceededException";
const PARTITION_KEY_COUNT = 50;
/** Before the first call. */
const SETTLING_MS = 5000;
const RETRIES_AFTER_CALLS = 997;
/** Retries are spread evenly among the calls. */
const GOLDEN = 0.618;

export async function loadShard(load: ShardLoad): Promise<ShardFigures> {
  const book = createLoad(load);
  const { errors, handled } = book;
  const world = createConsumerWorld({
    seed: 1,
    weather: "calm",
    mutant: NO_CONSUMER_MUTANT,
    isLimited: true,
    load: book.stage,
  });
  const { scheduler, twins } = world;
  const stream = newDataStream(STREAM_NAME, 1, scheduler.now());
  await twins.dataStreams.create(stream);
  await twins.dataStreams.addShards(stream, initialShards(1, scheduler.now()));
  const shard = dataShardKey(stream, 0);
  if (load.raise) await fillDay(world, shard, load.raise.backlogBlockCount);
  startSweeping(world, (process) => sweep(world, process));
  for (let number = 0; number < load.readerCount; number++) void createMapping(world, number);
  do await runFor(world, SETTLING_MS);
  while (
    (await twins.readers.list(shard)).length < load.readerCount ||
    (await lagOf(world, shard)) > 0
  );

  const capacity = world.capacity!;
  const before = capacity.figures();
  const invocationsBefore = { ...book.invocations };
  const startMs = scheduler.now();
  const seconds: { offered: number; accepted: number; throttled: number }[] = [];
  const times: { readonly calls: number[]; readonly retries: number[] } = {
    calls: [],
    retries: [],
  };
  const data = world.random.bytes(load.recordBytes);
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
    const PartitionKey = String(number % PARTITION_KEY_COUNT);
    const Records = Array.from({ length: load.recordsPerCall }, () => ({
      PartitionKey,
      Data: data,
    }));
    const share = (number * GOLDEN) % 1;
    const { retryShare = 0 } = load;
    const attempt = share < retryShare ? 2 : 1;
    const original = share < retryShare / 2 ? number - RETRIES_AFTER_CALLS : number;
    const callId = Buffer.from(`call ${original}`);
    try {
      const { context } = world.pickApi();
      const answer = await putRecords.handle(
        { StreamName: STREAM_NAME, Records },
        { ...context, producerRequest: { callId, attempt } },
      );
      for (const { ErrorCode } of answer.Records) {
        if (ErrorCode === undefined) second.accepted += 1;
        else if (ErrorCode === THROTTLE) second.throttled += 1;
        else book.fails(ErrorCode);
      }
    } catch (error) {
      book.fails(error);
    }
    (attempt === 1 ? times.calls : times.retries).push(scheduler.now() - sentAtMs);
    underWay -= 1;
  }

  let worstLagMs = 0;
  const stopLooking = every(world, LOOK_EVERY_MS, async () => {
    worstLagMs = Math.max(worstLagMs, await lagOf(world, shard));
  });
  const pollers = Array.from({ length: load.pollerCount }, () => startPoller(world, book));
  happen(world, load.events, "consume");
  const endRaise = load.raise && raiseRetention(world, shard, load.raise);

  let number = 0;
  for (const { seconds: duration, rate } of load.phases) {
    const count = duration * rate;
    const fromMs = scheduler.now();
    const putNext = (i: number): void => {
      if (i === count) return;
      const delayMs = fromMs + (i * 1000) / rate - scheduler.now();
      scheduler.after(undefined, delayMs, "call", () => {
        putNext(i + 1);
        void put(number++);
      });
    };
    putNext(0);
    await runFor(world, duration * 1000);
  }
  const endMs = scheduler.now();
  let caughtUpMs: number | undefined;
  while (scheduler.now() < endMs + load.restSeconds * 1000) {
    await runFor(world, LOOK_EVERY_MS);
    if (underWay > 0 || (await lagOf(world, shard)) > 0) continue;
    caughtUpMs = scheduler.now() - endMs;
    break;
  }
  if (load.raise) await runFor(world, 1000 * load.restSeconds);
  // The pollers' last look.
  await runFor(world, 2 * POLL_EVERY_MS);
  stopLooking();
  world.finish();

  const invocations = Object.fromEntries(
    Object.entries(book.invocations).map(([name, count]) => [
      name,
      count - (invocationsBefore[name] ?? 0),
    ]),
  );
  const placeCount = (await twins.log.head(shard))?.blockIndex ?? 0;
  let dataCount = 0;
  let storedCount = 0;
  for await (const entry of twins.memory.read({ shard, from: 0, to: placeCount })) {
    if (entry.kind !== "data") continue;
    dataCount += 1;
    storedCount += entry.recordCount;
  }
  return {
    phases: phaseFigures(load.phases, seconds),
    acceptedCount: sum(seconds, ({ accepted }) => accepted),
    throttledCount: sum(seconds, ({ throttled }) => throttled),
    errors,
    storedCount,
    holeCount: placeCount - dataCount,
    placeCount,
    callMs: timesOf(times.calls),
    retryMs: timesOf(times.retries),
    handledCount: handled.records,
    polledCount: sum(pollers, ({ recordCount }) => recordCount),
    pollerCount: load.pollerCount,
    invocationCount: handled.invocations,
    invocations,
    worstLagMs,
    worstBehindMs: Math.max(0, ...pollers.map(({ worstMs }) => worstMs)),
    ...(caughtUpMs !== undefined && { caughtUpMs }),
    capacity: spentSince(before, capacity.figures()),
    ...(endRaise && { raise: await endRaise() }),
  };
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

function phaseFigures(
  phases: readonly Phase[],
  seconds: readonly { offered: number; accepted: number; throttled: number }[],
): ShardFigures["phases"] {
  let at = 0;
  return phases.map(({ seconds: duration }) => {
    const rows = seconds.slice(at + 2, at + duration);
    at += duration;
    const perSecond = (of: (row: (typeof rows)[number]) => number) =>
      Math.round(sum(rows, of) / rows.length);
    return {
      offeredPerSecond: perSecond(({ offered }) => offered),
      acceptedPerSecond: perSecond(({ accepted }) => accepted),
      throttledPerSecond: perSecond(({ throttled }) => throttled),
    };
  });
}

/** What was spent from one look to the next. */
export function spentSince(before: CapacityFigures, after: CapacityFigures): CapacityFigures {
  const names = Object.keys(after) as (keyof CapacityFigures)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as CapacityFigures;
}

const POLL_EVERY_MS = 1000;

/** Reads on from the shard's beginning, by whichever process is at hand. */
function startPoller(world: ConsumerWorld, book: LoadBook) {
  const read = { recordCount: 0, worstMs: 0 };
  let iterator: string | undefined;

  async function poll(): Promise<void> {
    const { context } = world.pickApi();
    try {
      iterator ??= (
        await getShardIterator.handle(
          {
            StreamName: STREAM_NAME,
            ShardId: formatShardId(0),
            ShardIteratorType: "TRIM_HORIZON",
          },
          context,
        )
      ).ShardIterator;
      const page = await getRecords.handle({ ShardIterator: iterator }, context);
      read.recordCount += page.Records.length;
      read.worstMs = Math.max(read.worstMs, page.MillisBehindLatest);
      iterator = "NextShardIterator" in page ? page.NextShardIterator : iterator;
    } catch (error) {
      book.fails(error);
    }
    if (!world.isFinished())
      world.scheduler.after(undefined, POLL_EVERY_MS, "poll", () => void poll());
  }

  void poll();
  return read;
}

export async function createMapping(world: ConsumerWorld, number: number): Promise<void> {
  const process = world.spawn("admin");
  const context = contextOf(process, world);
  const request = {
    EventSourceArn: dataStreamArn({ accountId: ACCOUNT_ID, region: REGION }, STREAM_NAME),
    FunctionName: `count-${number}`,
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 500,
  } as const;
  for (;;) {
    try {
      await createEventSourceMapping.handle(request, context);
      return world.end(process);
    } catch (error) {
      if (!(error instanceof InjectedFault)) throw error;
      // The table is busy with the others.
      await context.clock.sleep(LOOK_EVERY_MS);
    }
  }
}

/** How long the oldest record that some mapping has not passed has waited. */
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
