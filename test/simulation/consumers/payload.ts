/**
 * Records of a simulated data stream: JSON, so that filters can look into it. A batch of one key's records may travel
 * as an aggregate of the Kinesis Producer Library.
 */
import { parseSequenceNumber } from "../../../src/log/sequence.ts";
import { deaggregate } from "../../../src/streams/deaggregate.ts";
import type { LoggedRecord, RecordKind } from "./history.ts";

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

/** `placeOf("4957…")` → `3/0/2`: shard, block and position. */
export function placeOf(sequenceNumber: string): string {
  const place = parseSequenceNumber(sequenceNumber);
  if (place === undefined) throw new Error(`no sequence number: ${sequenceNumber}`);
  return `${place.shardIndex}/${place.blockIndex}/${place.position}`;
}

export interface EventRecord {
  readonly kinesis: {
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly subSequenceNumber?: number;
    readonly data: string;
  };
}

export function idOf({ kinesis: { sequenceNumber, subSequenceNumber = 0 } }: EventRecord): string {
  return `${placeOf(sequenceNumber)}/${subSequenceNumber}`;
}

export function shardIndexOfId(id: string): number {
  return Number(id.split("/")[0]);
}
