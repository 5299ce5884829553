/**
 * User records out of stored ones, for readers of streams that the Kinesis Producer Library writes to; offered to
 * consumers as a package of its own (`packages/deaggregate`). The log keeps aggregates as they came, as AWS does.
 *
 * Unlike the Kinesis Client Library, this drops nothing: the library discards a whole aggregate when one of its
 * records has a hash key outside the shard, as happens when the producer had not yet heard of a split or merge.
 */
import { parseAggregate } from "./aggregate.ts";

export interface StoredRecord {
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
}

export interface UserRecord extends StoredRecord {
  /** Its place in its aggregate, from zero; zero, too, for a record that came by itself. */
  readonly subSequenceNumber: number;
}

/** With the sequence number and the arrival time, in seconds, of the stored record that carried it. */
export interface EventUserRecord extends UserRecord {
  readonly sequenceNumber: string;
  readonly approximateArrivalTimestamp: number;
}

/** What is needed of a record in a Lambda function's event; `KinesisStreamRecord` is one. */
export interface EventRecord {
  readonly kinesis: {
    /** In Base64. */
    readonly data: string;
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    /** In seconds. */
    readonly approximateArrivalTimestamp: number;
  };
}

/**
 * The user records of one stored record, in their order. What is not a well-formed aggregate, a damaged one
 * included, is one user record as it stands. The data of several are views of the same bytes.
 */
export function deaggregate(record: StoredRecord): readonly UserRecord[] {
  const records = parseAggregate(record.data) ?? [record];
  return records.map((each, subSequenceNumber) => ({ ...each, subSequenceNumber }));
}

/**
 * The user records of a Lambda function's event, in their order.
 *
 * @example for (const { data, partitionKey } of deaggregateEvent(event.Records)) …
 */
export function* deaggregateEvent(
  records: readonly EventRecord[],
): Generator<EventUserRecord, void> {
  for (const { kinesis } of records) {
    const { partitionKey, sequenceNumber, approximateArrivalTimestamp } = kinesis;
    const data = Buffer.from(kinesis.data, "base64");
    for (const record of deaggregate({ data, partitionKey })) {
      yield { ...record, sequenceNumber, approximateArrivalTimestamp };
    }
  }
}
