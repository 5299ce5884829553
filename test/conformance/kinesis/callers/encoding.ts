/**
 * The two encodings of Kinesis's protocol, for bodies that no client would write. CBOR is read and written by
 * smithy's codec, not by ours; that one counts times in seconds, AWS's in milliseconds.
 */
import { cbor, tag } from "@smithy/core/cbor";
import { mapDeep } from "../../clients/map-deep.ts";

export interface Encoding {
  readonly name: "JSON" | "CBOR";
  readonly contentType: string;
  encode(value: unknown): Uint8Array;
  decode(body: Uint8Array): unknown;
}

export const JSON_1_1: Encoding = {
  name: "JSON",
  contentType: "application/x-amz-json-1.1",
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (body) => JSON.parse(Buffer.from(body).toString()) as unknown,
};

export const CBOR_1_1: Encoding = {
  name: "CBOR",
  contentType: "application/x-amz-cbor-1.1",
  encode: (value) => cbor.serialize(mapDeep(value, timeToTag)),
  decode: (body) => mapDeep(cbor.deserialize(body), tagToTime),
};

const EPOCH_TAG = 1;

function timeToTag(value: unknown): unknown {
  return value instanceof Date ? tag({ tag: EPOCH_TAG, value: value.getTime() }) : undefined;
}

function tagToTime(value: object): unknown {
  if (!("tag" in value && "value" in value)) return undefined;
  if (value.tag !== EPOCH_TAG || !Number.isInteger(value.value)) {
    throw new Error(
      `expected a whole number of milliseconds under tag 1, got ${String(value.tag)}: ${String(value.value)}`,
    );
  }
  return new Date(value.value as number);
}
