/**
 * Sends records through a Lambda function: several batches under way at once, outcomes strictly in the order
 * of the records, no more batches in memory than are under way.
 *
 *   wait before attempt   2    3    4    5    6   7, 8, …      times 0.5 to 1, by chance
 *                         1 s  2 s  4 s  8 s  16 s  30 s
 *
 * The host itself is a function with a time limit, and 300 retries outlive it. When a batch cannot be
 * finished before the deadline, `OutOfTime` is thrown with the failures counted so far; whoever runs the same
 * records again passes them in, so that retries are neither forgotten nor repeated.
 */
import { type Clock, isAhead } from "../../clock.ts";
import { TRANSFORM_CONCURRENCY } from "../../limits.ts";
import type { Random } from "../../random.ts";
import type { TransformSettings } from "../delivery-stream.ts";
import type { FunctionInvoker, InvokeResult } from "../ports.ts";
import { invocationError, type TransformError } from "./transform-errors.ts";
import {
  type RecordGroups,
  type TransformBatch,
  type TransformSource,
  transformBatches,
  transformRequest,
} from "./transform-request.ts";
import { failAll, readTransformResponse, type TransformOutcome } from "./transform-response.ts";

const RETRY_DELAY_MIN_MS = 1000;
const RETRY_DELAY_MAX_MS = 30_000;

/** The failed invocations of one batch; plain JSON. */
export interface FailedAttempts {
  readonly count: number;
  /** Of the last one. */
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly endedAtMs: number;
  /** No further attempt before this time. */
  readonly retryAtMs: number;
}

export interface Attempt {
  readonly durationMs: number;
  /** Absent: the function returned. */
  readonly error?: TransformError;
}

/** Keyed by the id of a batch's first record. */
export type AttemptsByBatch = Readonly<Record<string, FailedAttempts>>;

export interface TransformContext extends TransformSource {
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly random: Random;
  /** Nothing is begun or waited for beyond this time. */
  readonly deadlineMs: number;
  /** Batches under way at once; absent: `TRANSFORM_CONCURRENCY`. */
  readonly concurrency?: number;
  /** From the `OutOfTime` of an earlier run over the same records. */
  readonly priorAttempts?: AttemptsByBatch;
  /** Called for each invocation that ended, also for one that failed and is repeated. */
  readonly attempted?: (attempt: Attempt) => void;
}

/** Thrown when the deadline comes first. An attempt cut short by the deadline is not counted. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
  readonly attempts: AttemptsByBatch;
  /** The earliest time at which another run makes sense. */
  readonly retryAtMs: number;

  constructor(attempts: AttemptsByBatch, retryAtMs: number) {
    super("the transform's retries did not fit in the time that was left");
    this.attempts = attempts;
    this.retryAtMs = retryAtMs;
  }
}

/**
 * Yields one list of outcomes per batch. `records` may come in groups of any size; the groups have no
 * influence on the batches.
 */
export async function* transform(
  records: RecordGroups,
  settings: TransformSettings,
  context: TransformContext,
): AsyncGenerator<readonly TransformOutcome[]> {
  const { concurrency = TRANSFORM_CONCURRENCY } = context;
  const run = new TransformRun(settings, context);
  const underWay: Promise<readonly TransformOutcome[]>[] = [];
  try {
    for await (const batch of transformBatches(records, settings.bufferBytes, context)) {
      const outcomes = run.finish(batch);
      // It is awaited when its turn comes; until then a failure must not count as unhandled.
      outcomes.catch(() => {});
      underWay.push(outcomes);
      if (underWay.length >= concurrency) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    run.stop();
  }
}

/** One pass over the records: what its batches share. */
class TransformRun {
  readonly #settings: TransformSettings;
  readonly #context: TransformContext;
  readonly #attempts: Map<string, FailedAttempts>;
  readonly #stopped = new AbortController();
  #retryAtMs: number | undefined;

  constructor(settings: TransformSettings, context: TransformContext) {
    this.#settings = settings;
    this.#context = context;
    this.#attempts = new Map(Object.entries(context.priorAttempts ?? {}));
  }

  /** Invokes the function until it returned or the retries are used up. */
  async finish(batch: TransformBatch): Promise<readonly TransformOutcome[]> {
    const { clock } = this.#context;
    const key = batch[0].recordId;
    for (;;) {
      const failed = this.#attempts.get(key);
      if (failed !== undefined && failed.count > this.#settings.retryCount) {
        const { errorCode, errorMessage, count, endedAtMs } = failed;
        const final = { attemptsMade: count, attemptEndedAtMs: endedAtMs };
        return failAll(batch, { errorCode, errorMessage }, final);
      }
      await this.#waitUntil(failed?.retryAtMs ?? 0);
      const startedAtMs = clock.now();
      const result = await this.#invoke(batch);
      const endedAtMs = clock.now();
      const durationMs = endedAtMs - startedAtMs;
      const count = (failed?.count ?? 0) + 1;
      if (result.kind === "returned") {
        this.#context.attempted?.({ durationMs });
        const final = { attemptsMade: count, attemptEndedAtMs: endedAtMs };
        return readTransformResponse(batch, result.payload, final);
      }
      const error = invocationError(result, durationMs);
      this.#context.attempted?.({ durationMs, error });
      const retryAtMs = endedAtMs + this.#retryDelayMs(count);
      this.#attempts.set(key, { count, ...error, endedAtMs, retryAtMs });
    }
  }

  /** Ends all waiting. Invocations under way are left to themselves. */
  stop(): void {
    this.#stopped.abort();
  }

  async #waitUntil(timeMs: number): Promise<void> {
    const { clock, deadlineMs } = this.#context;
    const nowMs = clock.now();
    const startAtMs = isAhead(timeMs, nowMs, RETRY_DELAY_MAX_MS) ? timeMs : nowMs;
    if (startAtMs >= deadlineMs) throw this.#outOfTime(startAtMs);
    if (startAtMs > clock.now()) {
      await clock.sleep(startAtMs - clock.now(), this.#stopped.signal);
    }
    if (this.#stopped.signal.aborted) throw this.#outOfTime(clock.now());
  }

  async #invoke(batch: TransformBatch): Promise<InvokeResult> {
    const { clock, deadlineMs, invoker } = this.#context;
    const invocation = invoker.invoke(
      this.#settings.functionArn,
      transformRequest(batch, this.#context),
      this.#settings.roleArn,
    );
    const answered = new AbortController();
    const cut = clock
      .sleep(deadlineMs - clock.now(), AbortSignal.any([answered.signal, this.#stopped.signal]))
      .then(() => undefined);
    try {
      const result = await Promise.race([invocation, cut]);
      if (result === undefined) throw this.#outOfTime(clock.now());
      return result;
    } finally {
      answered.abort();
    }
  }

  /** One batch without time ends the run: the records will all be sent again. */
  #outOfTime(retryAtMs: number): OutOfTime {
    this.#retryAtMs ??= retryAtMs;
    this.stop();
    return new OutOfTime(Object.fromEntries(this.#attempts), this.#retryAtMs);
  }

  #retryDelayMs(failedCount: number): number {
    const delayMs = Math.min(RETRY_DELAY_MIN_MS * 2 ** (failedCount - 1), RETRY_DELAY_MAX_MS);
    return Math.round(delayMs * (0.5 + this.#context.random.fraction() / 2));
  }
}
