/** Flushes, and wake-ups that failed, as structured lines: ids and counts, never record data. */
import type { WakeUp } from "../readers/store.ts";
import { parseLaneKey } from "./delivery-stream.ts";
import type { FlushReport } from "./destinations/sink-options.ts";
import { parseSourceReader } from "./source/readers.ts";

/**
 * `freshnessMs`: the age of the oldest record when its object stood, or the flush failed, as in DeliveryToS3.DataFreshness;
 * absent where that record could not be read. An alarm counts on both names, and on `kind`: resources/alarms.yml.
 */
export function flushFields(flush: FlushReport, nowMs: number) {
  const { oldestArrivedAtMs, streamName: deliveryStreamName, ...rest } = flush;
  const { metrics: _metrics, isFailed: _isFailed, ...fields } = rest;
  return {
    deliveryStreamName,
    ...fields,
    ...(oldestArrivedAtMs > 0 && { freshnessMs: Math.max(0, nowMs - oldestArrivedAtMs) }),
  };
}

/** Both say whose they are: a lane's key, a reader of a source by its id. */
export function wakeUpFields({ shard, readerId, blockIndex }: WakeUp) {
  const place = parseLaneKey(shard) ?? parseSourceReader(readerId);
  return { deliveryStreamName: place?.name, shard, readerId, blockIndex };
}
