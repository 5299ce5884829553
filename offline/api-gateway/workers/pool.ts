/**
 * The api function in several workers, as Lambda has it in several environments: one is home and takes every call while
 * there are few; others are started when home has its hands full, and ended when they have had nothing to do for a
 * while. A core is left to the thread that serves HTTP. Few calls stay together, for records that wait for each other
 * in one worker travel together.
 *
 * A worker remembers streams for some time, as an environment does. In AWS a stream that was deleted may be taken for one
 * that stands by whoever has not heard; on a laptop, where one deletes and makes the same stream again and again, that
 * would only puzzle. So what changes streams is done at home, and who had been called before is not asked again.
 */
import { availableParallelism } from "node:os";
import type { ApiFunction, FunctionSource } from "../function.ts";
import { ApiWorker } from "./worker.ts";

export interface ApiPoolOptions {
  readonly source: FunctionSource;
  /** Home among them. */
  readonly maxCount?: number;
}

export interface ApiPool {
  readonly api: ApiFunction;
  /** Fails when the function's code cannot be loaded. */
  load(): Promise<void>;
  stop(): void;
}

const WORKER_MAX_COUNT = 4;
/** With so much under way a worker has its hands full: eight lone records, or two batches. */
const FULL_LOAD = 8;
const BATCH_LOAD = 4;
const BATCH_LEAST_CHARS = 64 * 1024;
const IDLE_MS = 60_000;
/** While streams are being changed, none is started only to be ended. */
const CHANGE_QUIET_MS = 2000;

/** Calls that put and read records: much work, and nothing to remember. */
const RECORDS = /\.(PutRecord|PutRecords|PutRecordBatch|GetRecords)$/;
/** Calls that change nothing that is remembered. */
const HARMLESS = /\.(Put(Record|Records|RecordBatch)|Get|List|Describe|Subscribe)/;
/** Small to ask for, and up to 10 MiB to answer. */
const PAGES = /\.GetRecords$/;
/** They last for minutes and do little. */
const LASTING = /\.SubscribeToShard$/;

export function createApiPool({
  source,
  maxCount = Math.min(Math.max(1, availableParallelism() - 1), WORKER_MAX_COUNT),
}: ApiPoolOptions): ApiPool {
  let home: ApiWorker | undefined;
  /** Those that may be asked; who was sent away is no longer among them. */
  const helpers = new Set<ApiWorker>();
  let changedAtMs = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const atHome = () => (home ??= new ApiWorker(source, () => (home = undefined)));

  function startHelper(): ApiWorker {
    const helper: ApiWorker = new ApiWorker(source, () => helpers.delete(helper));
    helpers.add(helper);
    return helper;
  }

  function sendAway(helper: ApiWorker): void {
    helpers.delete(helper);
    if (helper.isIdle) helper.end();
  }

  function choose(target: string): ApiWorker {
    if (!RECORDS.test(target)) return atHome();
    let least = atHome();
    if (least.load < FULL_LOAD) return least;
    for (const helper of helpers) if (helper.load < least.load) least = helper;
    const isQuiet = performance.now() - changedAtMs > CHANGE_QUIET_MS;
    const isDue = least.load >= FULL_LOAD && helpers.size < maxCount - 1 && isQuiet;
    return isDue ? startHelper() : least;
  }

  async function call<T>(
    event: unknown,
    body: Uint8Array | undefined,
    run: (worker: ApiWorker) => Promise<T>,
  ): Promise<T> {
    if (isStopped) throw new Error("the stack is being stopped");
    const target = targetOf(event);
    const worker = choose(target);
    const load = LASTING.test(target) ? 0 : loadOf(target, event, body);
    worker.load += load;
    try {
      return await run(worker);
    } finally {
      worker.load -= load;
      if (target !== "" && !HARMLESS.test(target)) {
        changedAtMs = performance.now();
        for (const helper of helpers) if (helper.isUsed) sendAway(helper);
      }
      if (worker !== home && worker.isIdle) {
        if (helpers.has(worker)) endLater(worker);
        else worker.end();
      }
    }
  }

  const timers = new Map<ApiWorker, NodeJS.Timeout>();
  function endLater(helper: ApiWorker): void {
    const timer = timers.get(helper);
    if (timer !== undefined) return void timer.refresh();
    const end = () => {
      timers.delete(helper);
      if (helper.isIdle) sendAway(helper);
    };
    timers.set(helper, setTimeout(end, IDLE_MS).unref());
  }

  return {
    api:
      source.transferMode === "STREAM"
        ? {
            transferMode: "STREAM",
            isElsewhere: true,
            run: (...args) => call(args[0], args[3], (to) => to.stream(...args)),
          }
        : {
            transferMode: "BUFFERED",
            isElsewhere: true,
            run: (...args) => call(args[0], args[2], (to) => to.gather(...args)),
          },
    load: () => atHome().loaded,
    stop() {
      isStopped = true;
      for (const worker of [home, ...helpers]) worker?.end();
    },
  };
}

interface Event {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

function loadOf(target: string, event: unknown, body?: Uint8Array): number {
  const isBatch = ((body ?? (event as Event).body)?.length ?? 0) >= BATCH_LEAST_CHARS;
  return isBatch || PAGES.test(target) ? BATCH_LOAD : 1;
}

/** `Kinesis_20131202.PutRecord`, or nothing. */
function targetOf(event: unknown): string {
  const { headers = {} } = event as Event;
  for (const name of Object.keys(headers)) {
    if (name.length === TARGET.length && name.toLowerCase() === TARGET) return headers[name] ?? "";
  }
  return "";
}

const TARGET = "x-amz-target";
