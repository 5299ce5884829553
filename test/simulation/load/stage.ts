/**
 * What load scenarios have in common: stores that give what AWS gives, ways that take time, functions that only count,
 * and what is written down of errors and calls.
 */
import { ServiceError } from "../../../src/errors.ts";
import { createCapacity } from "../../../src/storage/memory/capacity.ts";
import type { AnyStage, LoadStage } from "../stage.ts";
import { createTimeline } from "./timeline.ts";

export const LOOK_EVERY_MS = 1000;
/** Half a round trip to DynamoDB. */
const LATENCY_MS = { min: 1, max: 4 };
const STREAM_POLL_MS = 200;
const WARMED = { warmWriteUnits: 40_000, warmReadUnits: 120_000 };
/** Of deliver functions as of consume functions; as deployed they are 200 and 300. */
const WORKER_COUNT = 200;
const SUCCESS = {
  kind: "returned",
  payload: "",
  facts: { requestId: "request", statusCode: 200, executedVersion: "$LATEST" },
} as const;
/** Stands once in each record of an event. */
const RECORD_MARK = '"kinesis":{';

export interface LoadOptions {
  readonly processCount: number;
  /** The tables give what new ones do, instead of what they were warmed to. */
  readonly hasNewTables?: boolean;
  readonly doorbellCount?: number;
}

export interface LoadBook {
  readonly stage: LoadStage;
  /** By name: what was answered beside success and AWS's throttle, and what no world explains. */
  readonly errors: Record<string, number>;
  fails(error: unknown): void;
  /** Of the functions of all mappings. */
  readonly handled: { records: number; invocations: number };
  /** Of functions of ours, by name. */
  readonly invocations: Record<string, number>;
  readonly delivered: { records: number; bytes: number; flushes: number };
}

export function createLoad(options: LoadOptions): LoadBook {
  const { processCount, hasNewTables = false, doorbellCount = 1 } = options;
  const errors: Record<string, number> = {};
  const handled = { records: 0, invocations: 0 };
  const count = (name: string) => (errors[name] = (errors[name] ?? 0) + 1);
  const invocations: Record<string, number> = {};
  const delivered = { records: 0, bytes: 0, flushes: 0 };
  return {
    errors,
    handled,
    invocations,
    delivered,
    fails: (error) => void count(error instanceof ServiceError ? error.name : String(error)),
    stage: {
      scheduler: (random, startMs) => createTimeline({ random, startMs, latencyMs: LATENCY_MS }),
      capacity: (now) => createCapacity({ now, ...(!hasNewTables && WARMED) }),
      note(happening) {
        if (happening.kind === "surprise") count((happening as unknown as Error).message);
      },
      invoker: {
        async invoke(_functionArn, payload) {
          handled.invocations += 1;
          handled.records += payload.split(RECORD_MARK).length - 1;
          return SUCCESS;
        },
      },
      invoked: (name) => void (invocations[name] = (invocations[name] ?? 0) + 1),
      flushed({ deliveredCount, deliveredBytes, isFailed }) {
        if (isFailed) return;
        delivered.records += deliveredCount;
        delivered.bytes += deliveredBytes;
        delivered.flushes += 1;
      },
      streamPollMs: STREAM_POLL_MS,
      doorbellCount,
      apiCount: processCount,
      workerCount: WORKER_COUNT,
    },
  };
}

export async function runFor({ scheduler }: AnyStage, durationMs: number): Promise<void> {
  const endMs = scheduler.now() + durationMs;
  // Something must be due then, or time would stand still before it.
  scheduler.after(undefined, durationMs, "end", () => {});
  await scheduler.run({ isOver: () => scheduler.now() >= endMs });
}

/** Runs it again and again until it says that it is over. */
export function every(
  { scheduler }: AnyStage,
  periodMs: number,
  act: () => void | Promise<void>,
): () => void {
  let isOver = false;
  const again = (): void =>
    void scheduler.after(undefined, periodMs, "again", () => {
      if (isOver) return;
      again();
      void act();
    });
  again();
  return () => (isOver = true);
}

/**
 * What happens amid a load. A deploy replaces every process once it has done what it is at; workers die in the midst of
 * their work, all that there are at the moment.
 */
export type Event = "deploy" | "workers die";

export interface TimedEvent {
  readonly atSecond: number;
  readonly event: Event;
}

export function happen(world: AnyStage, events: readonly TimedEvent[] = [], worker: string): void {
  const { scheduler } = world;
  for (const { atSecond, event } of events) {
    scheduler.after(undefined, atSecond * 1000, event, () => {
      for (const process of scheduler.processes()) {
        if (event === "deploy") process.isRetired = true;
        else if (process.name.startsWith(`${worker}#`)) world.crash(process);
      }
    });
  }
}

export interface Times {
  readonly median: number;
  readonly worst: number;
}

export function timesOf(all: readonly number[]): Times {
  const sorted = all.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1] ?? 0, worst: sorted.at(-1) ?? 0 };
}
