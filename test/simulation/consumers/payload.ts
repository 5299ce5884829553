/**
 * Records of a simulated data stream: JSON, so that filters can look into it. A batch of one key's records may travel
 * as an aggregate of the Kinesis Producer Library.
 */
import { deaggregate } from "../../../src/streams/deaggregate.ts";
import type { LoggedRecord, RecordKind } from "./history.ts";
import type { Places } from "./places.ts";

export interface Payload {
  readonly name: string;
  readonly kind: RecordKind;
  readonly filling: string;
}

export function payloadOf(payload: Payload): Uint8Array {
  return Buffer.from(JSON.stringify(payload));
}

export function parsePayload(data: Uint8Array): Payload {
  return JSON.parse(Buffer.from(data).toString()) as Payload;
}

interface StoredRecord {
  readonly partitionKey?: string;
  readonly data: Uint8Array;
}

/** The user records in one stored record. */
export function recordsIn(
  { partitionKey = "", data }: StoredRecord,
  place: string,
): readonly LoggedRecord[] {
  return deaggregate({ partitionKey, data }).map((user) => {
    const { name, kind } = parsePayload(user.data);
    const id = `${place}/${user.subSequenceNumber}`;
    return { id, name, key: user.partitionKey, kind };
  });
}

export interface EventRecord {
  readonly kinesis: {
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly subSequenceNumber?: number;
    readonly data: string;
  };
}

/** The user records in what a function, or a report of failures, holds. Without `Deaggregate`, aggregates come whole. */
export function usersIn(
  { kinesis: { partitionKey, sequenceNumber, subSequenceNumber, data } }: EventRecord,
  { placeOf }: Places,
): readonly LoggedRecord[] {
  const place = placeOf(sequenceNumber);
  const bytes = Buffer.from(data, "base64");
  if (subSequenceNumber === undefined) return recordsIn({ partitionKey, data: bytes }, place);
  const { name, kind } = parsePayload(bytes);
  return [{ id: `${place}/${subSequenceNumber}`, name, key: partitionKey, kind }];
}
