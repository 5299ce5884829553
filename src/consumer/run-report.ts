/** What a run did: counted for the metrics, and noted on its mapping when the last result is another. */
import type { Clock } from "../clock.ts";
import type { EventSourceMapping, LastResult } from "./mapping.ts";
import type { Verdict } from "./outcome.ts";
import type { MappingStore } from "./ports.ts";
import type { GivenUp } from "./progress.ts";
import type { ConsumerRecord } from "./record.ts";

/** For metrics, and for what a mapping says of itself. */
export interface RunObserver {
  invoked(verdict: Verdict, records: readonly ConsumerRecord[]): void;
  gaveUp(givenUp: GivenUp, records: readonly ConsumerRecord[]): void;
  /** The failure destination did not take a report; the lane waits. */
  notReported(message: string): void;
  /** The run is over; when the oldest record arrived that waits, if one does. */
  left(oldestArrivedAtMs: number | undefined): void;
}

/** What one run did, for the log line and the metrics; never record data. */
export interface ConsumeReport {
  readonly mappingUuid: string;
  readonly functionArn: string;
  readonly streamName: string;
  readonly shardId: string;
  /** Invocations that took place. */
  readonly batchCount: number;
  /** Records in batches that succeeded, in whole or up to the first that failed. */
  readonly recordCount: number;
  /** Invocations that failed, in whole or in part. */
  readonly failureCount: number;
  /** Invocations that Lambda did not carry out. */
  readonly refusedCount: number;
  /** Records that were given up, each reported if there is a destination. */
  readonly givenUpCount: number;
  /** Of the last record of the last batch when it was sent, or of the first that waits; absent without either. */
  readonly iteratorAgeMs?: number;
  /** As the mapping says it: this run's last batch, or the report of one that was given up, failed. */
  readonly problem?: string;
}

export interface ReportPorts {
  readonly mappings: Pick<MappingStore, "lastResult" | "noteResult">;
  readonly clock: Clock;
  readonly report: (run: ConsumeReport) => void;
}

/** Counts what a run does, and keeps what the mapping says of its last result. */
export async function observeRun(
  { mappings, clock, report }: ReportPorts,
  { uuid, functionArn, streamName }: EventSourceMapping,
  shardId: string,
): Promise<{ readonly observer: RunObserver; finish(): Promise<void> }> {
  const last = await mappings.lastResult(uuid);
  /** Of this run. */
  let latest: LastResult | undefined;
  const counts = {
    batchCount: 0,
    recordCount: 0,
    failureCount: 0,
    refusedCount: 0,
    givenUpCount: 0,
  };
  let iteratorAgeMs: number | undefined;
  return {
    observer: {
      invoked(verdict: Verdict, records: readonly ConsumerRecord[]) {
        if (verdict.kind === "refused") counts.refusedCount++;
        else counts.batchCount++;
        if (verdict.kind === "failure" || verdict.kind === "partial") counts.failureCount++;
        if (verdict.kind === "success") counts.recordCount += records.length;
        if (verdict.kind === "partial") counts.recordCount += verdict.firstFailed;
        const arrivedAtMs = records.at(-1)?.arrivedAtMs;
        if (arrivedAtMs !== undefined) iteratorAgeMs = Math.max(0, clock.now() - arrivedAtMs);
        latest = resultOf(verdict);
      },
      notReported(message) {
        latest = { kind: "problem", message: `PROBLEM: ${message}` };
      },
      left(oldestArrivedAtMs) {
        if (oldestArrivedAtMs === undefined) return;
        iteratorAgeMs ??= Math.max(0, clock.now() - oldestArrivedAtMs);
      },
      gaveUp(_givenUp: GivenUp, records: readonly ConsumerRecord[]) {
        counts.givenUpCount += records.length;
      },
    },
    async finish() {
      const isNew = latest?.kind !== last.kind || messageOf(latest) !== messageOf(last);
      if (latest && isNew) await mappings.noteResult(uuid, latest);
      const age = iteratorAgeMs === undefined ? {} : { iteratorAgeMs };
      const problem = latest && messageOf(latest);
      report({
        mappingUuid: uuid,
        functionArn,
        streamName,
        shardId,
        ...counts,
        ...age,
        ...(problem !== undefined && { problem }),
      });
    },
  };
}

function resultOf(verdict: Verdict): LastResult {
  switch (verdict.kind) {
    case "success":
      return { kind: "ok" };
    case "partial":
    case "failure":
      return { kind: "problem", message: "PROBLEM: Function call failed" };
    case "refused":
      return { kind: "problem", message: `PROBLEM: ${verdict.message}` };
  }
}

function messageOf(result: LastResult): string | undefined {
  return result.kind === "problem" ? result.message : undefined;
}
