/** Cutting a lane's waiting records into batches. */
import { EVENT_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { EVENT_ENVELOPE_BYTES, eventRecordBytes, type EventSource } from "./event.ts";
import type { MappingOptions } from "./mapping.ts";
import type { OpenWindow } from "./progress.ts";
import type { ConsumerRecord } from "./record.ts";

export interface Batch<Item extends ConsumerRecord> {
  readonly records: readonly Item[];
  /** Nothing that may still come can make it longer. */
  readonly isFull: boolean;
  /** Its only record does not fit an event. */
  readonly isTooLarge: boolean;
}

type BatchOptions = Pick<MappingOptions, "batchSize" | "tumblingWindowSeconds">;

/** From the first of `waiting` on; never across the end of a tumbling window. */
export function cutBatch<Item extends ConsumerRecord>(
  waiting: readonly Item[],
  options: BatchOptions,
  source: EventSource,
  window?: OpenWindow,
): Batch<Item> {
  const records: Item[] = [];
  // A window's event has more members around its records, and its state beside them.
  let roomBytes = EVENT_PAYLOAD_MAX_BYTES - EVENT_ENVELOPE_BYTES;
  if (options.tumblingWindowSeconds > 0) roomBytes -= WINDOW_ROOM_BYTES;
  const first = waiting[0];
  if (first === undefined) return { records, isFull: false, isTooLarge: false };
  const untilMs = windowEndMs(window?.startMs ?? windowStartMs(first, options), options);
  for (const record of waiting) {
    if (records.length === options.batchSize || record.arrivedAtMs >= untilMs) {
      return { records, isFull: true, isTooLarge: false };
    }
    roomBytes -= eventRecordBytes(record, source);
    if (roomBytes < 0) {
      const isTooLarge = records.length === 0;
      return { records: isTooLarge ? [record] : records, isFull: true, isTooLarge };
    }
    records.push(record);
  }
  return { records, isFull: records.length === options.batchSize, isTooLarge: false };
}

/** A state of at most 1 MiB, as JSON, and what stands around it. */
const WINDOW_ROOM_BYTES = 1_100_000;

/** Windows are counted from the epoch. */
export function windowStartMs(
  { arrivedAtMs }: Pick<ConsumerRecord, "arrivedAtMs">,
  { tumblingWindowSeconds }: Pick<MappingOptions, "tumblingWindowSeconds">,
): number {
  if (tumblingWindowSeconds === 0) return 0;
  const sizeMs = tumblingWindowSeconds * 1000;
  return Math.floor(arrivedAtMs / sizeMs) * sizeMs;
}

/** `Infinity` without windows. */
export function windowEndMs(
  startMs: number,
  { tumblingWindowSeconds }: Pick<MappingOptions, "tumblingWindowSeconds">,
): number {
  return tumblingWindowSeconds === 0 ? Infinity : startMs + tumblingWindowSeconds * 1000;
}
