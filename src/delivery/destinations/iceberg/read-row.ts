/**
 * A record's JSON to a row of an Iceberg table. Names are looked for as written, then whatever their case; members that the table
 * does not have are left out; what a column cannot hold exactly fails the record.
 * https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-destination-supp.html
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import { Unconvertible } from "../../formats/conversion-error.ts";
import { parseDecimal, rescale } from "../../formats/decimals.ts";
import { parseIsoTimestamp, parseSqlDate } from "../../formats/instants.ts";
import {
  JsonNumber,
  JsonObject,
  type JsonValue,
  readDocuments,
} from "../../formats/json-documents.ts";
import { MapEntries } from "../../formats/record-reader.ts";
import type { Row, Value } from "../../formats/row.ts";
import { withoutEnd } from "../../formats/text-values.ts";
import { incompatible, missingColumn, missingValue, noJson } from "./errors.ts";
import type { IcebergField, IcebergSchema, IcebergType, PrimitiveType } from "./types.ts";

export type RowResult =
  | { readonly kind: "row"; readonly row: Row }
  | { readonly kind: "failed"; readonly error: DeliveryError };

export interface RowReader {
  read(data: Uint8Array): RowResult;
}

/** @param wanted ids of the columns that must fit, as for a deletion its keys; absent: all, and at least one is there */
export function rowReader(schema: IcebergSchema, wanted?: ReadonlySet<number>): RowReader {
  const fields =
    wanted === undefined ? schema.fields : schema.fields.filter(({ id }) => wanted.has(id));
  const read = structReader(fields, "");
  const positions = fields.map((field) => schema.fields.indexOf(field));
  return {
    read(data) {
      try {
        const { values, foundCount } = read(onlyObject(data));
        if (foundCount === 0) throw new Misfit(missingColumn());
        if (wanted === undefined) return { kind: "row", row: values };
        const row: Value[] = schema.fields.map(() => null);
        for (const [i, position] of positions.entries()) row[position] = values[i]!;
        return { kind: "row", row };
      } catch (error) {
        if (error instanceof Misfit) return { kind: "failed", error: error.error };
        if (!(error instanceof Unconvertible)) throw error;
        return { kind: "failed", error: noJson(error.reason.errorMessage) };
      }
    },
  };
}

/** Thrown while one record is read, and caught by its reader. */
class Misfit extends Error {
  readonly error: DeliveryError;

  constructor(error: DeliveryError) {
    super(error.errorMessage);
    this.error = error;
  }
}

function onlyObject(data: Uint8Array): JsonObject {
  const [document, ...others] = readDocuments(data);
  if (document instanceof JsonObject && others.length === 0) return document;
  throw new Misfit(noJson("A record must be one JSON object."));
}

type Read = (value: JsonValue, place: string) => Value;

interface StructValues {
  readonly values: Value[];
  readonly foundCount: number;
}

function structReader(
  fields: readonly IcebergField[],
  outer: string,
): (object: JsonObject) => StructValues {
  const byName = new Map(fields.map(({ name }, at) => [name, at]));
  const folded = new Map(fields.map(({ name }, at) => [name.toLowerCase(), at]));
  const readers = fields.map(({ type }) => readerOf(type));
  const places = fields.map(({ name }) => outer + name);
  return ({ names, values: given }) => {
    const values: Value[] = fields.map(() => null);
    let foundCount = 0;
    for (const [i, name] of names.entries()) {
      const at = byName.get(name) ?? folded.get(name.toLowerCase());
      if (at === undefined) continue;
      foundCount++;
      const value = given[i]!;
      values[at] = value === null ? null : readers[at]!(value, places[at]!);
    }
    for (const [at, { isRequired }] of fields.entries()) {
      if (isRequired && values[at] === null) throw new Misfit(missingValue(places[at]!));
    }
    return { values, foundCount };
  };
}

function readerOf(type: IcebergType): Read {
  switch (type.kind) {
    case "struct": {
      const { fields } = type;
      const readers = new Map<string, ReturnType<typeof structReader>>();
      return (value, place) => {
        if (!(value instanceof JsonObject)) throw unlike(place, "an object", value);
        let read = readers.get(place);
        if (read === undefined) readers.set(place, (read = structReader(fields, `${place}.`)));
        return read(value).values;
      };
    }
    case "list": {
      const { element } = type;
      const read = orNull(readerOf(element.type), element);
      return (value, place) => {
        if (!Array.isArray(value)) throw unlike(place, "an array", value);
        return value.map((one: JsonValue) => read(one, `${place}.element`));
      };
    }
    case "map": {
      const { key, value: member } = type;
      const readKey = readerOf(key.type);
      const read = orNull(readerOf(member.type), member);
      const isText = key.type.kind === "string";
      return (value, place) => {
        if (!(value instanceof JsonObject)) throw unlike(place, "an object", value);
        const entries = new MapEntries();
        for (const [i, name] of value.names.entries()) {
          const known = isText ? name : readKey(keyOf(name, key.type), `${place}.key`);
          entries.set(known, read(value.values[i]!, `${place}.value`), name);
        }
        return entries.all();
      };
    }
    default:
      return primitiveReader(type);
  }
}

function orNull(read: Read, { isRequired }: IcebergField): Read {
  return (value, place) => {
    if (value !== null) return read(value, place);
    if (isRequired) throw new Misfit(missingValue(place));
    return null;
  };
}

/** Names of JSON are texts: one of a map whose keys are not is what it says. */
function keyOf(name: string, type: IcebergType): JsonValue {
  switch (type.kind) {
    case "boolean":
      return name === "true" ? true : name === "false" ? false : name;
    case "int":
    case "float":
    case "double":
      return parseDecimal(name) === undefined ? name : new JsonNumber(name);
    default:
      return name;
  }
}

function primitiveReader(type: PrimitiveType): Read {
  switch (type.kind) {
    case "boolean":
      return (value, place) => {
        if (typeof value === "boolean") return value;
        throw unlike(place, "true or false", value);
      };
    case "int":
      return (value, place) => Number(whole(value, place, 32, false));
    case "long":
      return (value, place) => whole(value, place, 64, true);
    case "float":
      return (value, place) => float(value, place, Math.fround);
    case "double":
      return (value, place) => float(value, place, (number) => number);
    case "decimal":
      return (value, place) => decimal(value, place, type);
    case "string":
      return (value, place) => text(value, place, "a text");
    case "date":
      return (value, place) => {
        if (isNumeric(value)) return Number(whole(value, place, 32, false));
        return parsed(parseSqlDate(text(value, place, DATE_WORDS)), place, DATE_WORDS);
      };
    case "time":
      return (value, place) => {
        const micros = isNumeric(value)
          ? whole(value, place, 64, false)
          : parsed(parseTime(text(value, place, TIME_WORDS)), place, TIME_WORDS);
        if (micros >= 0n && micros < MICROS_PER_DAY) return micros;
        throw new Misfit(incompatible(place, "a time is within a day."));
      };
    case "timestamp":
    case "timestamptz":
      return (value, place) => {
        if (isNumeric(value)) return whole(value, place, 64, false);
        return parsed(parseInstant(text(value, place, INSTANT_WORDS)), place, INSTANT_WORDS);
      };
    case "uuid":
      return (value, place) => parsed(parseUuid(text(value, place, "a UUID")), place, "a UUID");
    case "binary":
      return (value, place) => bytes(value, place);
    case "fixed":
      return (value, place) => {
        const given = bytes(value, place);
        if (given.length === type.byteCount) return given;
        throw new Misfit(
          incompatible(place, `it must be ${type.byteCount} bytes, got ${given.length}.`),
        );
      };
  }
}

const DATE_WORDS = "a date as 2026-11-30, or a number of days since 1970";
const TIME_WORDS = "a time as 12:30:05.250, or a number of microseconds since midnight";
const INSTANT_WORDS = "a time as 2026-11-30T12:30:05.250Z, or a number of microseconds since 1970";
const MICROS_PER_DAY = 86_400_000_000n;
const NANOS_PER_MICRO = 1000n;

function isNumeric(value: JsonValue): value is number | JsonNumber {
  return typeof value === "number" || value instanceof JsonNumber;
}

/** `1.0` and `1e3` are whole, too. Texts of digits are taken where no number of JavaScript's holds all there are. */
function whole(value: JsonValue, place: string, bits: number, takesText: boolean): bigint {
  const number = exact(value, place, takesText, "a whole number");
  if (!isWhole(number, 0)) throw unlike(place, "a whole number", value);
  const unscaled = rescale(number, 20, 0);
  if (unscaled === undefined || BigInt.asIntN(bits, unscaled) !== unscaled) {
    throw new Misfit(incompatible(place, `it needs more than ${bits} bits.`));
  }
  return unscaled;
}

function exact(
  value: JsonValue,
  place: string,
  takesText: boolean,
  wanted: string,
): NonNullable<ReturnType<typeof parseDecimal>> {
  const given =
    typeof value === "number"
      ? String(value)
      : value instanceof JsonNumber
        ? value.text
        : takesText && typeof value === "string"
          ? value
          : undefined;
  const number = given === undefined ? undefined : parseDecimal(given);
  if (number === undefined) throw unlike(place, wanted, value);
  return number;
}

/** Whether nothing is behind so many digits after the point. */
function isWhole(
  { digits, exponent }: { readonly digits: string; readonly exponent: number },
  scale: number,
): boolean {
  const cut = withoutEnd(digits, "0");
  return cut === "" || exponent + (digits.length - cut.length) >= -scale;
}

function decimal(
  value: JsonValue,
  place: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): bigint {
  const number = exact(value, place, true, "a number");
  const unscaled = isWhole(number, scale) ? rescale(number, precision, scale) : undefined;
  if (unscaled !== undefined) return unscaled;
  throw new Misfit(
    incompatible(place, `it has more digits than decimal(${precision}, ${scale}) can hold.`),
  );
}

const NO_NUMBERS: ReadonlyMap<JsonValue, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function float(value: JsonValue, place: string, rounded: (number: number) => number): number {
  if (isNumeric(value)) {
    const number = rounded(typeof value === "number" ? value : Number(value.text));
    if (Number.isFinite(number)) return number;
    throw new Misfit(incompatible(place, "it is too large."));
  }
  const known = NO_NUMBERS.get(value);
  if (known === undefined) throw unlike(place, "a number", value);
  return known;
}

function text(value: JsonValue, place: string, wanted: string): string {
  if (typeof value === "string") return value;
  throw unlike(place, wanted, value);
}

function parsed<Parsed>(value: Parsed | undefined, place: string, wanted: string): Parsed {
  if (value !== undefined) return value;
  throw new Misfit(incompatible(place, `it must be ${wanted}.`));
}

function parseTime(given: string): bigint | undefined {
  const [, hour, minute, second, fraction = ""] =
    /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/.exec(given) ?? [];
  if (hour === undefined || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0);
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}

/** ISO 8601, a blank in place of the T, too; digits are microseconds. What is finer is cut off, towards the past. */
function parseInstant(given: string): bigint | undefined {
  if (/^-?\d{5,18}$/.test(given)) return BigInt(given);
  const nanos = parseIsoTimestamp(given.charAt(10) === " " ? given.replace(" ", "T") : given);
  if (nanos === undefined) return undefined;
  const micros = nanos / NANOS_PER_MICRO;
  return nanos < 0n && micros * NANOS_PER_MICRO !== nanos ? micros - 1n : micros;
}

function parseUuid(given: string): Uint8Array | undefined {
  const isUuid = /^[\dA-Fa-f]{8}(-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}$/.test(given);
  return isUuid ? Buffer.from(given.replaceAll("-", ""), "hex") : undefined;
}

const BYTES_WORDS = "bytes in Base64, or in hexadecimal behind 0x";

/** Base64 in its usual alphabet, in that of URLs, or in lines; what can only be hexadecimal, too. */
function bytes(value: JsonValue, place: string): Uint8Array {
  const given = text(value, place, BYTES_WORDS);
  const [, hex] = /^0[xX]((?:[\dA-Fa-f]{2})*)$/.exec(given) ?? [];
  if (hex !== undefined) return Buffer.from(hex, "hex");
  const digits = given.replaceAll(/\r?\n/g, "").replace(/(?<=.)={1,2}$/, "");
  if (/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(digits) && digits.length % 4 !== 1) {
    return Buffer.from(digits, "base64");
  }
  throw new Misfit(incompatible(place, `it must be ${BYTES_WORDS}.`));
}

function unlike(place: string, wanted: string, found: JsonValue): Misfit {
  return new Misfit(incompatible(place, `it must be ${wanted}, got ${kindOf(found)}.`));
}

function kindOf(value: JsonValue): string {
  if (value instanceof JsonObject) return "an object";
  if (Array.isArray(value)) return "an array";
  if (isNumeric(value)) return "a number";
  return typeof value === "string" ? "a text" : "true or false";
}
