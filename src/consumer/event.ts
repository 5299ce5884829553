/**
 * The event that a consumer's function is invoked with: Lambda's own for a Kinesis stream, to the member. Records out
 * of an aggregate have their `subSequenceNumber` beside, which Lambda does not know, for it takes none apart.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
import type { ConsumerRecord } from "./record.ts";

/** What every record of a shard says in a mapping's events. */
export interface EventSource {
  readonly shardId: string;
  /** Of the stream, or of the consumer registered with it, as the mapping names it. */
  readonly eventSourceArn: string;
  readonly region: string;
  /** Of the role that the stream is read under. */
  readonly invokeIdentityArn: string;
}

export interface WindowPart {
  readonly startMs: number;
  readonly endMs: number;
  /** What the function answered last in this window; an empty object at first. */
  readonly state: unknown;
  /** The last invocation of the window. */
  readonly isFinal: boolean;
  /** The window ends because of its state's size, before its time. */
  readonly isTerminatedEarly: boolean;
}

/** The event's JSON text. */
export function kinesisEvent(records: readonly ConsumerRecord[], source: EventSource): string {
  return JSON.stringify({ Records: records.map((record) => eventRecord(record, source)) });
}

/**
 * The JSON text of an event in a tumbling window.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
export function windowedEvent(
  records: readonly ConsumerRecord[],
  source: EventSource,
  { startMs, endMs, state, isFinal, isTerminatedEarly }: WindowPart,
): string {
  return JSON.stringify({
    Records: records.map((record) => eventRecord(record, source)),
    window: { start: isoSeconds(startMs), end: isoSeconds(endMs) },
    state,
    shardId: source.shardId,
    eventSourceARN: source.eventSourceArn,
    isFinalInvokeForWindow: isFinal,
    isWindowTerminatedEarly: isTerminatedEarly,
  });
}

/** Bytes of an event's text beside its records'; the comma that the first record lacks is taken off here. */
export const EVENT_ENVELOPE_BYTES = kinesisEvent([], {} as EventSource).length - 1;

/** What a record adds to the event's text, its comma included. The data need not be encoded for it. */
export function eventRecordBytes(record: ConsumerRecord, source: EventSource): number {
  const withoutData = JSON.stringify(eventRecord({ ...record, data: NO_DATA }, source));
  return Buffer.byteLength(withoutData) + 4 * Math.ceil(record.data.length / 3) + 1;
}

const NO_DATA = new Uint8Array();

export function eventRecord(record: ConsumerRecord, source: EventSource) {
  const { partitionKey, sequenceNumber, subSequenceNumber, data, arrivedAtMs } = record;
  const { shardId, eventSourceArn, region, invokeIdentityArn } = source;
  const eventId = `${shardId}:${sequenceNumber}`;
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey,
      sequenceNumber,
      ...(subSequenceNumber !== undefined && { subSequenceNumber }),
      data: base64(data),
      approximateArrivalTimestamp: arrivedAtMs / 1000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: subSequenceNumber === undefined ? eventId : `${eventId}:${subSequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn,
    awsRegion: region,
    eventSourceARN: eventSourceArn,
  };
}

function base64({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("base64");
}

/** `2020-07-30T17:00:00Z`. */
function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
