/** A flush as one structured line: ids and counts, never record data. */
import type { FlushReport } from "./s3-sink.ts";

/** `freshnessMs`: the age of the oldest record when its object stood, as in DeliveryToS3.DataFreshness. */
export function flushFields(flush: FlushReport, nowMs: number) {
  const { oldestArrivedAtMs, ...fields } = flush;
  return { ...fields, freshnessMs: nowMs - oldestArrivedAtMs };
}
