/** What the parts of a run have in common, whatever the world: a busy one, the end of all faults, an idle hour. */
import { CALL_LEFTOVERS_MAX_MS } from "../../src/limits.ts";
import type { Capacity, CapacityFigures } from "../../src/storage/memory/capacity.ts";
import type { LogStore, ShardKey } from "../../src/log/store.ts";
import type { Violation } from "./checker.ts";
import type { FaultName, Weather } from "./faults.ts";
import { VISIBILITY_TIMEOUT_MS } from "./queue.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Situation } from "./situations.ts";
import type { AnyStage } from "./stage.ts";

export interface RunResult {
  readonly seed: number;
  readonly weather: Weather;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly stepCount: number;
  /** From the end of all faults until no reader lagged. */
  readonly recoveryMs: number;
  readonly faultCounts: Readonly<Record<FaultName, number>>;
  readonly rates: Readonly<Record<FaultName, number>>;
  readonly situationCounts: Readonly<Record<Situation, number>>;
  /** What was done, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the stores refused because they had given all that they have; absent: they have no limits. */
  readonly refused?: Pick<
    CapacityFigures,
    "throttledWrites" | "throttledReads" | "throttledObjects" | "conflicts"
  >;
}

export interface SimulationOptions<Mutant> {
  readonly seed: number;
  /** Producers stop after so many steps. */
  readonly maxSteps?: number;
  readonly mutant?: Mutant;
  readonly onTrace?: (line: string) => void;
  /** Whether the stores give only so much in a second; a mutant may insist on it. */
  readonly isLimited?: boolean;
}

export const MAX_STEPS = 4000;
export const SECOND_PROBE_AFTER_MS = 65_000;
const SETTLE_STEPS = 40;
const AFTERMATH_STEPS = 150;
const IDLE_MS = 3_600_000;

/** The busy part: until the producers are done, or for so many steps. */
export async function runBusy(
  { scheduler, close }: AnyStage,
  maxSteps: number,
  options: { readonly areDone: () => boolean; readonly beforeStep: () => void },
): Promise<void> {
  const endAtStep = scheduler.stepCount() + maxSteps;
  await scheduler.run({
    isOver: () => options.areDone() || scheduler.stepCount() >= endAtStep,
    beforeStep: options.beforeStep,
  });
  close();
}

/** Runs until all has settled, or for as long as that may take; answers how long it took. */
export async function runUntilSettled(
  { scheduler, history, skewMaxMs }: AnyStage,
  maxMs: number,
  isSettled: () => Promise<boolean>,
): Promise<number> {
  const startMs = scheduler.now();
  const endMs = startMs + maxMs + 2 * skewMaxMs;
  for (;;) {
    const seenCount = history.length;
    const isEnough = afterSteps(scheduler, SETTLE_STEPS);
    await scheduler.run({ isOver: () => history.length !== seenCount || isEnough() });
    if ((await isSettled()) || scheduler.now() > endMs) return scheduler.now() - startMs;
  }
}

/**
 * Behind the last block that waits for a reader which stands at `from`. A place that was taken behind it and never filled
 * holds nothing that waits and rings for nobody: it is closed when the next block is read.
 */
export async function waitingUpTo(
  log: Pick<LogStore, "read">,
  shard: ShardKey,
  from: number,
): Promise<number> {
  let to = from;
  for await (const entry of log.read({ shard, from, to: Number.MAX_SAFE_INTEGER }))
    if (entry.kind === "data") to = entry.index + 1;
  return to;
}

/** What is still on its way once all has settled must change nothing. */
export function runAftermath({ scheduler }: AnyStage): Promise<void> {
  return scheduler.run({ isOver: afterSteps(scheduler, AFTERMATH_STEPS) });
}

/** Clocks are right again, and who stood still goes on. */
export function endFaults({ scheduler, faults }: Pick<AnyStage, "scheduler" | "faults">): void {
  faults.switchOff();
  for (const process of scheduler.processes()) {
    process.skewMs = 0;
    process.frozenUntilMs = 0;
  }
}

/** G8: once the last messages have shown and the sweep has looked, an hour passes without a single call. */
export async function checkIdle({
  scheduler,
  wire,
}: Pick<AnyStage, "scheduler" | "wire">): Promise<readonly Violation[]> {
  const runFor = (durationMs: number) => {
    const endMs = scheduler.now() + durationMs;
    return scheduler.run({ isOver: () => scheduler.now() >= endMs });
  };
  await runFor(2 * VISIBILITY_TIMEOUT_MS + CALL_LEFTOVERS_MAX_MS);
  const before = wire.callCount();
  await runFor(IDLE_MS);
  const count = wire.callCount() - before;
  return count === 0 ? [] : [{ guarantee: "G8", message: `${count} calls in an idle hour` }];
}

function afterSteps(scheduler: Scheduler, count: number): () => boolean {
  const last = scheduler.stepCount() + count;
  return () => scheduler.stepCount() >= last;
}

/** Whoever meets a busy store backs off again and again; and a scaled world is at times asked for more than it gives. */
const BUSY_MS = 30_000;

/** By how much later all may be done for what the stores refused, if they did. */
export function busyMs({ capacity }: Pick<AnyStage, "capacity">): number {
  return capacity && Object.values(refusedBy(capacity)).some((count) => count > 0) ? BUSY_MS : 0;
}

/** @param kinds of the events that are counted, by what they are called */
export function resultOf(
  world: AnyStage,
  { seed, weather }: Pick<RunResult, "seed" | "weather">,
  outcome: Pick<RunResult, "violations" | "recoveryMs">,
  kinds: Readonly<Record<string, string>>,
): RunResult {
  const { scheduler, faults, history, capacity } = world;
  world.finish();
  const counts = Object.entries(kinds).map(([name, kind]) => [
    name,
    history.filter((event) => event.kind === kind).length,
  ]);
  return {
    seed,
    weather,
    ...outcome,
    traceHash: scheduler.traceHash(),
    stepCount: scheduler.stepCount(),
    faultCounts: faults.counts,
    rates: faults.rates,
    situationCounts: world.situations.counts,
    counts: Object.fromEntries(counts) as RunResult["counts"],
    ...(capacity && { refused: refusedBy(capacity) }),
  };
}

function refusedBy(capacity: Capacity): NonNullable<RunResult["refused"]> {
  const { throttledWrites, throttledReads, throttledObjects, conflicts } = capacity.figures();
  return { throttledWrites, throttledReads, throttledObjects, conflicts };
}
