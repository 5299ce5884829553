/**
 * What becomes of a lane after an invocation: pure, and the whole of Lambda's rules about failures.
 *
 *   success            the piece is handled; the next piece of a split batch, or new records
 *   partial at n       before n is handled; the rest is tried again (bisecting: the split is at n, for free)
 *   failure            bisecting, and more than one record: halves, for free; otherwise it counts, and the piece is
 *                      tried again until the maximum is used up
 *   refused            the function did not run: tried again after a pause, without counting
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import type { MappingOptions } from "./mapping.ts";
import type { InvocationFacts } from "./ports.ts";
import { behind, type GivenUp, type LaneProgress, type LaneRetry, placeOf } from "./progress.ts";
import type { ConsumerRecord } from "./record.ts";

export type Verdict =
  | { readonly kind: "success" }
  /** All records before that index succeeded. */
  | { readonly kind: "partial"; readonly firstFailed: number; readonly facts: InvocationFacts }
  | {
      readonly kind: "failure";
      readonly message: string;
      readonly functionError: string | null;
      readonly facts: InvocationFacts;
    }
  | { readonly kind: "refused"; readonly message: string };

export interface RetryMoment {
  readonly nowMs: number;
  /** How long to pause after that many failures in a row. */
  backOffMs(failureCount: number): number;
}

type RetryOptions = Pick<MappingOptions, "bisectOnError" | "maximumRetryCount">;

/** `batch`: the lane's first piece, or the whole batch of its first invocation; empty for a window's last. */
export function afterInvocation(
  lane: LaneProgress,
  batch: readonly ConsumerRecord[],
  verdict: Verdict,
  options: RetryOptions,
  moment: RetryMoment,
): LaneProgress {
  switch (verdict.kind) {
    case "success":
      return passPiece(lane, batch);
    case "refused": {
      const retry = retryOf(lane, batch);
      return { ...lane, retry: paused(retry, verdict.message, moment) };
    }
    case "partial":
      return afterPartial(lane, batch, verdict, options, moment);
    case "failure":
      return afterFailure(lane, batch, verdict, options, moment);
  }
}

/** The lane once its first piece, or the batch that was not split, is done with. */
export function passPiece(lane: LaneProgress, batch: readonly ConsumerRecord[]): LaneProgress {
  const { retry: _done, ...rest } = lane;
  const [end, ...pieceEnds] = retryOf(lane, batch).pieceEnds;
  const next = end ?? lane.next;
  if (pieceEnds.length === 0) return { ...rest, next };
  return { ...rest, next, retry: { pieceEnds, attemptCount: 0, failureCount: 0, retryAtMs: 0 } };
}

/** The lane when the records of its first piece are gone; or past the last invocation of its window, given up. */
export function skipPiece(lane: LaneProgress): LaneProgress {
  const { window, ...passed } = passPiece(lane, []);
  const isWindowOver = lane.retry?.pieceEnds.length === 0;
  return window && !isWindowOver ? { ...passed, window } : passed;
}

/** The lane when its first `records` are too old to be tried again. */
export function giveUpOld(
  lane: LaneProgress,
  records: readonly ConsumerRecord[],
  nowMs: number,
): LaneProgress {
  const retry = retryOf(lane, records);
  const end = behind(placeOf(records.at(-1)!));
  const isWhole = retry.pieceEnds[0]?.every((part, i) => part === end[i]);
  return {
    ...lane,
    retry: {
      ...retry,
      ...(!isWhole && { pieceEnds: [end, ...retry.pieceEnds] }),
      retryAtMs: 0,
      givenUp: { condition: "RecordAgeExceeded", invokeCount: retry.attemptCount, atMs: nowMs },
    },
  };
}

/** The lane when its first piece cannot be sent at all. */
export function giveUpUnsent(
  lane: LaneProgress,
  batch: readonly ConsumerRecord[],
  lastError: string,
  nowMs: number,
): LaneProgress {
  const givenUp: GivenUp = { condition: "RetryAttemptsExhausted", invokeCount: 0, atMs: nowMs };
  return { ...lane, retry: { ...retryOf(lane, batch), lastError, retryAtMs: 0, givenUp } };
}

/** The lane when its failed batch may hold other records than those that failed: all of them get their attempts. */
export function tryAnew(lane: LaneProgress): LaneProgress {
  if (!lane.retry?.pieceEnds.length) return lane;
  const { givenUp: _undecided, ...retry } = lane.retry;
  return { ...lane, retry: { ...retry, attemptCount: 0 } };
}

/** A pause after something failed that is no fault of the function's. */
export function pause(
  lane: LaneProgress,
  batch: readonly ConsumerRecord[],
  message: string,
  moment: RetryMoment,
): LaneProgress {
  return { ...lane, retry: paused(retryOf(lane, batch), message, moment) };
}

function afterPartial(
  lane: LaneProgress,
  batch: readonly ConsumerRecord[],
  { firstFailed, facts }: Extract<Verdict, { kind: "partial" }>,
  options: RetryOptions,
  moment: RetryMoment,
): LaneProgress {
  const failed = batch[firstFailed]!;
  const retry = { ...retryOf(lane, batch), arrivedAtMs: failed.arrivedAtMs };
  const rest = { ...lane, next: placeOf(failed) };
  const error = `record ${failed.sequenceNumber} was reported as failed`;
  if (options.bisectOnError && batch.length > 1) {
    // Up to the reported record all is well. If it is the first, it goes on alone, and then what follows.
    const pieceEnds =
      firstFailed > 0 ? retry.pieceEnds : [behind(placeOf(failed)), ...retry.pieceEnds];
    return { ...rest, retry: { ...retry, pieceEnds, retryAtMs: moment.nowMs, lastError: error } };
  }
  return counted({ ...rest, retry }, { error, functionError: null, facts }, options, moment);
}

function afterFailure(
  lane: LaneProgress,
  batch: readonly ConsumerRecord[],
  { message, functionError, facts }: Extract<Verdict, { kind: "failure" }>,
  options: RetryOptions,
  moment: RetryMoment,
): LaneProgress {
  const retry = retryOf(lane, batch);
  if (options.bisectOnError && batch.length > 1) {
    const half = behind(placeOf(batch[Math.ceil(batch.length / 2) - 1]!));
    const pieceEnds = [half, ...retry.pieceEnds];
    return { ...lane, retry: { ...retry, pieceEnds, retryAtMs: moment.nowMs, lastError: message } };
  }
  return counted({ ...lane, retry }, { error: message, functionError, facts }, options, moment);
}

function counted(
  lane: LaneProgress & { readonly retry: LaneRetry },
  failure: {
    readonly error: string;
    readonly functionError: string | null;
    readonly facts: InvocationFacts;
  },
  { maximumRetryCount = Infinity }: RetryOptions,
  moment: RetryMoment,
): LaneProgress {
  const attemptCount = lane.retry.attemptCount + 1;
  const { error, functionError, facts } = failure;
  const retry = { ...paused(lane.retry, error, moment), attemptCount };
  if (attemptCount <= maximumRetryCount) return { ...lane, retry };
  const givenUp: GivenUp = {
    condition: "RetryAttemptsExhausted",
    invokeCount: attemptCount,
    atMs: moment.nowMs,
    functionError,
    facts,
  };
  return { ...lane, retry: { ...retry, retryAtMs: moment.nowMs, givenUp } };
}

function paused(retry: LaneRetry, lastError: string, moment: RetryMoment): LaneRetry {
  const failureCount = retry.failureCount + 1;
  const retryAtMs = moment.nowMs + moment.backOffMs(failureCount);
  return { ...retry, failureCount, retryAtMs, lastError };
}

/** As it is remembered, or of a batch that was tried for the first time. */
function retryOf({ retry }: LaneProgress, batch: readonly ConsumerRecord[]): LaneRetry {
  if (retry) return retry;
  const last = batch.at(-1);
  const pieceEnds = last ? [behind(placeOf(last))] : [];
  const arrivedAtMs = batch[0]?.arrivedAtMs;
  return {
    pieceEnds,
    attemptCount: 0,
    failureCount: 0,
    retryAtMs: 0,
    ...(arrivedAtMs !== undefined && { arrivedAtMs }),
  };
}
