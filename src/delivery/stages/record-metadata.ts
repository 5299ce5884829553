/**
 * Record metadata: when a record came, what it is known by and where it stood, as members of the JSON object that it is. So
 * they are columns for whoever queries the objects. It happens behind the function, whatever that made of the record, and
 * before the query for partition keys, which may ask for them.
 *
 * Members are added at the end, and the bytes before them stay as they are; one of the same name that the producer wrote
 * is taken out, so that nobody can forge what a query trusts. A record of several objects has them in each, up to as many
 * as are taken apart elsewhere: what is added may be many times an object's size. Other records fail, unless they are wrapped: then the metadata's object holds the record itself, too, whatever it is.
 */
import { DE_AGGREGATED_RECORDS_MAX_COUNT } from "../../limits.ts";
import type { Identify } from "../record-identity.ts";
import { membersOf, splitJson } from "./json-bytes.ts";
import { fail, type Passing, type Stage } from "./outcome.ts";

/** Plain JSON: it is stored with the stream. */
export type RecordMetadata = readonly MetadataMember[];

export type MetadataMember =
  | { readonly name: string; readonly field: MetadataField | Payload }
  /** A member that is an object of these. */
  | { readonly name: string; readonly members: readonly MetadataValue[] };

interface MetadataValue {
  readonly name: string;
  readonly field: MetadataField;
}

/** What can be recorded, in the order in which it stands in one object of all. */
export const METADATA_FIELDS = [
  /** `2026-11-30T17:05:03.123Z` */
  "arrival",
  /** Since 1970. */
  "arrivalMs",
  /** `2026-11-30 17:05:03.123`, in UTC, as Hive and Athena read timestamps. */
  "arrivalTimestamp",
  "id",
  "index",
  "partitionKey",
  "sequenceNumber",
  "subSequenceNumber",
  "shardId",
] as const;
export type MetadataField = (typeof METADATA_FIELDS)[number];

/** The record itself: as JSON where it is, else as text; or its bytes. */
export const PAYLOADS = ["data", "dataBase64"] as const;
export type Payload = (typeof PAYLOADS)[number];

export const DEFAULT_METADATA_NAME = "hydrant";

export function addRecordMetadata(metadata: RecordMetadata, identify: Identify): Stage {
  const names = metadata.map(({ name }) => name);
  const payloads = metadata.flatMap((one) =>
    "field" in one && isPayload(one.field) ? one.field : [],
  );
  const wraps = payloads.length > 0;
  const takesBytes = payloads.every((payload) => payload === "dataBase64");
  const arrivalOf = arrivals();

  return (passing) => {
    const { data, record } = passing;
    const content = contentOf(data);
    const known: Values = { ...arrivalOf(record.arrivedAtMs), ...identify(record) };
    if (content.kind === "objects") {
      const { objects } = content;
      const chunks: Uint8Array[] = [];
      let at = data.byteOffset;
      for (const [i, { bytes, value }] of objects.entries()) {
        // What stands between the objects stays.
        chunks.push(between(data, at, bytes.byteOffset));
        at = bytes.byteOffset + bytes.byteLength;
        const values = objects.length > 1 ? { index: i, ...known } : known;
        const added = membersText(metadata, values, bytes);
        chunks.push(
          wraps ? Buffer.from(`{${added}}`) : withMembers(without(bytes, value, names), added),
        );
      }
      chunks.push(between(data, at, data.byteOffset + data.byteLength));
      return [{ ...passing, data: Buffer.concat(chunks) }];
    }
    if (!wraps) return [failed(passing, NOT_AN_OBJECT)];
    if (content.kind === "bytes" && !takesBytes) return [failed(passing, NO_TEXT)];
    const payload =
      content.kind === "text" ? Buffer.from(JSON.stringify(content.text)) : trimmed(data);
    return [{ ...passing, data: Buffer.from(`{${membersText(metadata, known, payload, data)}}`) }];
  };
}

function isPayload(field: MetadataField | Payload): field is Payload {
  return (PAYLOADS as readonly string[]).includes(field);
}

type Content =
  | { readonly kind: "objects"; readonly objects: readonly JsonObject[] }
  /** Of another kind. */
  | { readonly kind: "json" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes" };

interface JsonObject {
  /** Of the record's. */
  readonly bytes: Uint8Array;
  readonly value: object;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function contentOf(data: Uint8Array): Content {
  let text: string;
  try {
    text = utf8.decode(data);
  } catch {
    return { kind: "bytes" };
  }
  const whole = parsed(text);
  if (whole !== undefined) {
    return isObject(whole.value)
      ? { kind: "objects", objects: [{ bytes: trimmed(data), value: whole.value }] }
      : { kind: "json" };
  }
  const objects: JsonObject[] = [];
  for (const bytes of splitJson(data, DE_AGGREGATED_RECORDS_MAX_COUNT) ?? []) {
    const value = parsed(utf8.decode(bytes))?.value;
    if (!isObject(value)) return { kind: "text", text };
    objects.push({ bytes, value });
  }
  return objects.length === 0 ? { kind: "text", text } : { kind: "objects", objects };
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of JSON: a line's end within a line would be one too many. */
function trimmed(data: Uint8Array): Uint8Array {
  let start = 0;
  let end = data.byteLength;
  while (data[start]! <= SPACE_MAX) start++;
  while (data[end - 1]! <= SPACE_MAX) end--;
  return data.subarray(start, end);
}

function between(data: Uint8Array, from: number, to: number): Uint8Array {
  return data.subarray(from - data.byteOffset, to - data.byteOffset);
}

type Values = Partial<Record<MetadataField, string | number>>;

/** Records of a block arrived together. */
function arrivals(): (arrivedAtMs: number) => Values {
  let last: Values = {};
  return (arrivedAtMs) => {
    if (last.arrivalMs === arrivedAtMs) return last;
    const arrival = new Date(arrivedAtMs).toISOString();
    const arrivalTimestamp = arrival.slice(0, -1).replace("T", " ");
    last = { arrival, arrivalMs: arrivedAtMs, arrivalTimestamp };
    return last;
  };
}

/**
 * Without the braces around them. What is not known of a record is left out.
 *
 * @param payload the record as JSON
 * @param data the record as it is
 */
function membersText(
  metadata: RecordMetadata,
  values: Values,
  payload: Uint8Array,
  data = payload,
): string {
  const texts: string[] = [];
  for (const one of metadata) {
    const name = JSON.stringify(one.name);
    if (!("field" in one)) {
      texts.push(`${name}:{${membersText(one.members, values, payload)}}`);
    } else if (isPayload(one.field)) {
      texts.push(
        one.field === "data"
          ? `${name}:${asBuffer(payload).toString()}`
          : `${name}:"${asBuffer(data).toString("base64")}"`,
      );
    } else {
      const value = values[one.field];
      if (value !== undefined) texts.push(`${name}:${JSON.stringify(value)}`);
    }
  }
  return texts.join(",");
}

/** Almost no producer writes them. */
function without(bytes: Uint8Array, value: object, names: readonly string[]): Uint8Array {
  if (!names.some((name) => Object.hasOwn(value, name))) return bytes;
  const kept = [...membersOf(bytes)].filter(({ name }) => !names.includes(name));
  return Buffer.from(`{${kept.map((member) => asBuffer(member.bytes).toString()).join(",")}}`);
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE_MAX = 0x20;

function withMembers(object: Uint8Array, added: string): Uint8Array {
  if (added === "") return object;
  const end = object.lastIndexOf(CLOSE_BRACE);
  let last = end - 1;
  while (object[last]! <= SPACE_MAX) last--;
  const comma = object[last] === OPEN_BRACE ? "" : ",";
  return Buffer.concat([object.subarray(0, end), Buffer.from(comma + added), object.subarray(end)]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const NOT_AN_OBJECT =
  "Record metadata has no place in a record that is not made of JSON objects, or of too many, unless it is wrapped";
const NO_TEXT = "A record that is not text cannot be wrapped as data, only as dataBase64";

function failed(passing: Passing, errorMessage: string) {
  return fail(passing, {
    errorCode: RECORD_METADATA_FAILED,
    errorMessage,
    errorOutputType: "metadata-extraction-failed",
  });
}

export const RECORD_METADATA_FAILED = "RecordMetadata.NotAdded";
