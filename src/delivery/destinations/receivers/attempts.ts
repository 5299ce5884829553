/**
 * When a flush is tried again that a receiver did not take, and when it is given up: pure steps from one attempt to the next.
 * Only the waits between attempts count towards the retry duration, not how long answers took, and the last attempt is at its
 * end.
 * https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
import {
  RECEIVER_BACK_OFF_JITTER,
  RECEIVER_BACK_OFF_MAX_MS,
  RECEIVER_BACK_OFF_MIN_MS,
} from "../../../limits.ts";
import type { Random } from "../../../random.ts";
import type { DeliveryError } from "../../error-log/delivery-error.ts";

/** Of a flush; plain JSON. */
export interface Attempts {
  readonly count: number;
  /** Between them, so far. */
  readonly waitedMs: number;
  /** Of the last one. */
  readonly error: DeliveryError;
  readonly firstFailedAtMs: number;
  readonly lastFailedAtMs: number;
  readonly retryAtMs: number;
}

export interface RetryRules {
  /** Zero: there is one attempt. */
  readonly retryMs: number;
  /** Between two attempts; absent: more and more. */
  readonly everyMs?: number | undefined;
}

/** `undefined`: that was the last one. */
export function nextAttempt(
  before: Attempts | undefined,
  error: DeliveryError,
  { retryMs, everyMs }: RetryRules,
  { nowMs, random, afterMs = 0 }: NextTime,
): Attempts | undefined {
  const { count = 0, waitedMs = 0, firstFailedAtMs = nowMs } = before ?? {};
  const leftMs = retryMs - waitedMs;
  if (leftMs <= 0) return undefined;
  const wantedMs = Math.max(everyMs ?? backOffMs(count, random), afterMs);
  const waitMs = Math.min(wantedMs, leftMs);
  return {
    count: count + 1,
    waitedMs: waitedMs + waitMs,
    error,
    firstFailedAtMs,
    lastFailedAtMs: nowMs,
    retryAtMs: nowMs + waitMs,
  };
}

interface NextTime {
  readonly nowMs: number;
  readonly random: Random;
  /** Not before so long, as the receiver asks. */
  readonly afterMs?: number | undefined;
}

/** 1 s, 2 s, 4 s, … up to two minutes, 15 % more or less. */
function backOffMs(count: number, random: Random): number {
  const plainMs = Math.min(RECEIVER_BACK_OFF_MIN_MS * 2 ** count, RECEIVER_BACK_OFF_MAX_MS);
  const jitter = (random.fraction() * 2 - 1) * RECEIVER_BACK_OFF_JITTER;
  return Math.round(plainMs * (1 + jitter));
}
