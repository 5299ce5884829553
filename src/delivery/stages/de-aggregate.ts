/**
 * The RecordDeAggregation processor: a record that holds several becomes so many records, each with bytes and an
 * id of its own from here on. A record that does not consist of such parts, or of more than AWS takes apart, goes on
 * whole, as it is.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
 */
import { DE_AGGREGATED_RECORDS_MAX_COUNT } from "../../limits.ts";
import type { DeliveryRecord } from "../record.ts";
import { splitJson } from "./json-bytes.ts";
import type { Passing, Stage } from "./outcome.ts";

export type SubRecordType =
  /** JSON objects, one behind the other or each on a line. */
  { readonly kind: "JSON" } | { readonly kind: "DELIMITED"; readonly delimiter: Uint8Array };

export function deAggregate(type: SubRecordType): Stage {
  const split =
    type.kind === "JSON"
      ? (data: Uint8Array) => splitJson(data, DE_AGGREGATED_RECORDS_MAX_COUNT)
      : (data: Uint8Array) => splitAt(asBuffer(data), asBuffer(type.delimiter));
  return (passing) => {
    const parts = split(passing.data);
    if (parts === undefined || parts.length === 0) return [passing];
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return [{ ...passing, data: only }];
    return parts.map((data, index) => part(passing, data, index));
  };
}

/** @returns `undefined` for what is no base64 of at least one byte; padding may be left out */
export function readDelimiter(base64: string): Uint8Array | undefined {
  const digits = base64.replace(/={1,2}$/, "");
  if (digits.length < 2 || digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits))
    return undefined;
  return Buffer.from(digits, "base64");
}

/** How many digits the ids of parts have behind that of their record. */
const PART_DIGITS = 6;

function part(passing: Passing, data: Uint8Array, index: number): Passing {
  const recordId = passing.record.recordId + String(index).padStart(PART_DIGITS, "0");
  // What fails later is this part alone: the others must not stand among the failed ones as well.
  const record: DeliveryRecord = { ...passing.record, recordId, data, partIndex: index };
  return { ...passing, record, data };
}

/** Without the delimiters and what is empty between them. */
function splitAt(data: Buffer, delimiter: Buffer): readonly Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < data.byteLength;) {
    // Megabytes of nothing else are gone through byte by byte: to be looked for they would take a second.
    if (standsAt(data, from, delimiter)) {
      from += delimiter.byteLength;
      continue;
    }
    const found = data.indexOf(delimiter, from);
    const to = found === -1 ? data.byteLength : found;
    if (parts.push(data.subarray(from, to)) > DE_AGGREGATED_RECORDS_MAX_COUNT) return undefined;
    from = to + delimiter.byteLength;
  }
  return parts;
}

function standsAt(data: Buffer, from: number, delimiter: Buffer): boolean {
  for (let at = 0; at < delimiter.byteLength; at++) {
    if (data[from + at] !== delimiter[at]) return false;
  }
  return true;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
