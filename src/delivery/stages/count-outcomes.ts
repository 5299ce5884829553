/** What became of records in the stages, for the metrics of each. */
import type { FlushMeter } from "../flush-meter.ts";
import { FORMAT_CONVERSION_FAILED } from "../formats/failed-conversion.ts";
import type { FlushCounts } from "../ports.ts";
import type { FailedOutcome, Outcome } from "./pipeline.ts";

/** Where records fail that the function has not brought through, or was not given. */
const BEFORE_OR_IN_LAMBDA: ReadonlySet<string> = new Set([
  "processing-failed",
  "decompression-failed",
]);

/** What the function let pass or dropped, whatever became of it behind. */
export function countProcessed(outcomes: readonly Outcome[], meter: FlushMeter): void {
  for (const outcome of outcomes) {
    if (outcome.kind === "failed" && BEFORE_OR_IN_LAMBDA.has(outcome.errorOutputType)) continue;
    meter.add("SucceedProcessing.Records", 1);
    if (outcome.kind === "delivered") meter.add("SucceedProcessing.Bytes", outcome.data.length);
  }
}

export function countFailed({ errorOutputType, record }: FailedOutcome, meter: FlushMeter): void {
  if (errorOutputType === "activePartitionExceeded") meter.raise("PartitionCountExceeded", 1);
  if (errorOutputType !== FORMAT_CONVERSION_FAILED) return;
  meter.add("FailedConversion.Records", 1);
  meter.add("FailedConversion.Bytes", record.data.length);
}

/** All that a flush with a conversion delivered. */
export function countConverted(
  { deliveredCount, deliveredBytes }: FlushCounts,
  meter: FlushMeter,
): void {
  if (deliveredCount === 0) return;
  meter.add("SucceedConversion.Records", deliveredCount);
  meter.add("SucceedConversion.Bytes", deliveredBytes);
}
