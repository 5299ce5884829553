/** Flushes, and wake-ups that failed, as structured lines: ids and counts, never record data. */
import type { WakeUp } from "../readers/store.ts";
import { parseLaneKey } from "./delivery-stream.ts";
import type { FlushReport } from "./destinations/s3/sink-options.ts";
import { parseSourceReader } from "./source/readers.ts";

/** `freshnessMs`: the age of the oldest record when its object stood, or the flush failed, as in DeliveryToS3.DataFreshness. */
export function flushFields(flush: FlushReport, nowMs: number) {
  const { oldestArrivedAtMs, streamName: deliveryStreamName, ...rest } = flush;
  const { kind: _kind, metrics: _metrics, isFailed: _isFailed, ...fields } = rest;
  return { deliveryStreamName, ...fields, freshnessMs: nowMs - oldestArrivedAtMs };
}

/** Both say whose they are: a lane's key, a reader of a source by its id. */
export function wakeUpFields({ shard, readerId, blockIndex }: WakeUp) {
  const place = parseLaneKey(shard) ?? parseSourceReader(readerId);
  return { deliveryStreamName: place?.name, shard, readerId, blockIndex };
}
