/**
 * One batch of a stream, to its end: handled, retried, halved, or given up and recorded at the failure
 * destination. Returns only when nothing of the batch is left, so the caller may move its checkpoint.
 *
 *   a partial answer     → go on from the first failed record
 *   a failure, bisecting → each half by itself, the earlier first
 *   too old, too often   → the failure destination
 */
import type { Invocation } from "../invoke.ts";
import { readBatchOutcome } from "./batch-response.ts";

export interface StreamRecord {
  readonly dynamodb: {
    readonly SequenceNumber: string;
    readonly ApproximateCreationDateTime: number;
    readonly Keys?: Readonly<Record<string, unknown>>;
  };
}

export type GiveUpReason = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface StreamBatchOptions {
  readonly reportsItems: boolean;
  readonly bisects: boolean;
  /** Absent: retried until it succeeds or the records are too old. */
  readonly maxRetries?: number;
  readonly maxAgeSeconds?: number;
}

export interface StreamBatchPorts {
  invoke(records: readonly StreamRecord[]): Promise<Invocation>;
  giveUp(records: readonly StreamRecord[], reason: GiveUpReason, attempts: number): Promise<void>;
  now(): number;
  /** Resolves at once when the poller is being stopped. */
  sleep(durationMs: number): Promise<void>;
  isStopping(): boolean;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Answers the records not handled because the poller is being stopped; none otherwise. */
export async function runStreamBatch(
  records: readonly StreamRecord[],
  options: StreamBatchOptions,
  ports: StreamBatchPorts,
  priorAttempts = 0,
): Promise<readonly StreamRecord[]> {
  let left = records;
  let attempts = priorAttempts;
  while (left.length > 0) {
    if (ports.isStopping()) return left;
    const fresh = await dropOld(left, options, ports, attempts);
    if (fresh.length < left.length) {
      left = fresh;
      continue;
    }
    const identifiers = left.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const outcome = readBatchOutcome(await ports.invoke(left), identifiers, options.reportsItems);
    if (outcome.kind === "succeeded") return [];
    attempts += 1;
    if (outcome.kind === "partial") {
      const failedAt = identifiers.findIndex((identifier) => outcome.failed.has(identifier));
      // Progress starts the count anew: these records have not been tried too often.
      if (failedAt > 0) attempts = 1;
      left = left.slice(failedAt);
    } else if (options.bisects && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      const rest = await runStreamBatch(left.slice(0, middle), options, ports, attempts - 1);
      if (rest.length > 0) return [...rest, ...left.slice(middle)];
      left = left.slice(middle);
      attempts -= 1;
      continue;
    }
    if (options.maxRetries !== undefined && attempts > options.maxRetries) {
      await ports.giveUp(left, "RetryAttemptsExhausted", attempts);
      return [];
    }
    await ports.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS));
  }
  return [];
}

async function dropOld(
  records: readonly StreamRecord[],
  { maxAgeSeconds }: StreamBatchOptions,
  ports: StreamBatchPorts,
  attempts: number,
): Promise<readonly StreamRecord[]> {
  if (maxAgeSeconds === undefined) return records;
  const oldest = ports.now() / 1000 - maxAgeSeconds;
  const isOld = ({ dynamodb }: StreamRecord) => dynamodb.ApproximateCreationDateTime < oldest;
  const old = records.filter(isOld);
  if (old.length > 0) await ports.giveUp(old, "RecordAgeExceeded", attempts);
  return records.filter((record) => !isOld(record));
}
