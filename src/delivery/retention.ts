/**
 * How long a Direct PUT stream keeps its records: 24 hours, as Firehose does, or longer where it is asked for. As with data
 * streams a record lives for the present retention, counted from its arrival, but what had expired when the retention was
 * raised stays gone; and what stands in the log is made to live longer from the newest block back.
 */
import { DIRECT_PUT_RETENTION_MS, HOURS_TO_MS } from "../limits.ts";
import type { Extension } from "../streams/extend-expiry.ts";
import { type DeliveryStream, laneKeys } from "./delivery-stream.ts";
import type { DeliveryStreamStore } from "./ports.ts";

/** Plain JSON: it is stored with the stream. */
export interface DirectPutRetention {
  readonly hours: number;
  /** Records that arrived before it do not come back. */
  readonly trimmedBeforeMs?: number;
  /** How often it was raised. */
  readonly raiseCount: number;
  /** Not all blocks live that long yet. */
  readonly isExtending?: true;
}

type Retained = Pick<DeliveryStream, "retention">;

export function directPutRetentionMs({ retention }: Retained): number {
  return retention === undefined ? DIRECT_PUT_RETENTION_MS : retention.hours * HOURS_TO_MS;
}

/** Arrival of the oldest record that can be read. */
export function directPutHorizonMs(stream: Retained, nowMs: number): number {
  const { trimmedBeforeMs = 0 } = stream.retention ?? {};
  return Math.max(nowMs - directPutRetentionMs(stream), trimmedBeforeMs);
}

/** The stream as it shall be; the same when that is its retention already. */
export function withRetention(
  stream: DeliveryStream,
  hours: number,
  nowMs: number,
): DeliveryStream {
  const retentionMs = directPutRetentionMs(stream);
  if (hours * HOURS_TO_MS === retentionMs) return stream;
  const { raiseCount = 0, trimmedBeforeMs } = stream.retention ?? {};
  if (hours * HOURS_TO_MS < retentionMs) {
    const trimmed = { ...(trimmedBeforeMs !== undefined && { trimmedBeforeMs }) };
    return { ...stream, retention: { hours, raiseCount, ...trimmed } };
  }
  return {
    ...stream,
    retention: {
      hours,
      trimmedBeforeMs: directPutHorizonMs(stream, nowMs),
      raiseCount: raiseCount + 1,
      isExtending: true,
    },
  };
}

/** Of a stream that is about to be made, and holds nothing yet. */
export function keptFor(stream: DeliveryStream, hours: number): DeliveryStream {
  const isUsual = hours * HOURS_TO_MS === DIRECT_PUT_RETENTION_MS;
  return isUsual ? stream : { ...stream, retention: { hours, raiseCount: 0 } };
}

export function isExtending({ retention }: Retained): boolean {
  return retention?.isExtending === true;
}

/** What is to be done for a stream whose retention was raised. */
export function extensionOf(
  deliveryStreams: DeliveryStreamStore,
  stream: DeliveryStream,
  nowMs: number,
): Extension {
  return {
    id: stream.retention?.raiseCount ?? 0,
    retentionMs: directPutRetentionMs(stream),
    horizonMs: directPutHorizonMs(stream, nowMs),
    shards: () => Promise.resolve(laneKeys(stream)),
    end: () => endExtension(deliveryStreams, stream),
  };
}

/** Unless the stream is gone, or its retention was raised again: then it is gone through anew. */
async function endExtension(
  deliveryStreams: DeliveryStreamStore,
  { name, generation, retention }: DeliveryStream,
): Promise<void> {
  for (;;) {
    const standing = await deliveryStreams.get(name);
    if (standing?.generation !== generation || standing.retention === undefined) return;
    if (standing.retention.raiseCount !== retention?.raiseCount) return;
    if (!isExtending(standing)) return;
    const { isExtending: _over, ...rest } = standing.retention;
    if ((await deliveryStreams.update(standing, { ...standing, retention: rest })) === "updated") {
      return;
    }
  }
}
