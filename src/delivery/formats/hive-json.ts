/**
 * JSON to rows as the JsonSerDe of Hive 2.3.9 does it: a value that is not of its column's kind fails the record.
 *
 * Where AWS was seen to answer otherwise, we do as AWS: a nested value in a column that holds none is refused, where
 * the SerDe by itself would write its first brace.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_HiveJsonSerDe.html
 */
import { INCORRECT_FIELD, Unconvertible, unfit } from "./conversion-error.ts";
import { parseSqlDate, parseSqlTimestamp } from "./instants.ts";
import { inputString, isWholeText, parseJavaDouble, parseJavaInteger } from "./java-numbers.ts";
import { readTimestampFormat, type TimestampFormat } from "./joda-pattern.ts";
import { JsonNumber, JsonObject, type JsonValue } from "./json-documents.ts";
import { MapEntries, NameIndex, recordReader, type RecordReader } from "./record-reader.ts";
import type { Row, Value } from "./row.ts";
import type { ColumnType, Field, PrimitiveType, Schema } from "./schema.ts";
import { cutText, hiveDecimal, padText } from "./text-values.ts";

export interface HiveOptions {
  /** Patterns of Joda-Time, or `millis`, tried in this order before `yyyy-[m]m-[d]d hh:mm:ss[.f…]`. */
  readonly timestampFormats: readonly string[];
}

export const HIVE_DEFAULTS: HiveOptions = { timestampFormats: [] };

/** Formats that cannot be read were refused when the stream was created; here they match nothing. */
export function hiveReader(schema: Schema, options: HiveOptions = HIVE_DEFAULTS): RecordReader {
  const formats = options.timestampFormats
    .map(readTimestampFormat)
    .filter((format) => format !== undefined);
  return recordReader(new Compiler(formats).members(schema));
}

type Convert = (value: JsonValue) => Value;

/** Types whose values are made of a text, whether it stood in quotes or not. */
type TextualType = Extract<
  PrimitiveType,
  { kind: "boolean" | "string" | "char" | "varchar" | "decimal" | "date" | "timestamp" }
>;

/** Turns types into functions, once per schema. */
class Compiler {
  readonly #timestampFormats: readonly TimestampFormat[];

  constructor(timestampFormats: readonly TimestampFormat[]) {
    this.#timestampFormats = timestampFormats;
  }

  members(fields: readonly Field[]): (object: JsonObject) => Row {
    const index = new NameIndex(
      fields.map(({ name }) => name.toLowerCase()),
      (name) => name.toLowerCase(),
    );
    const converts = fields.map(({ type }) => this.#nullable(type));
    return ({ names, values }) => {
      const row: Value[] = converts.map(() => null);
      // In the order of the text: the last of equal names counts, and each of them must fit.
      for (let i = 0; i < names.length; i++) {
        const position = index.find(names[i]!);
        if (position >= 0) row[position] = converts[position]!(values[i]!);
      }
      return row;
    };
  }

  #nullable(type: ColumnType): Convert {
    const convert = this.#convert(type);
    return (value) => (value === null ? null : convert(value));
  }

  #convert(type: ColumnType): Convert {
    switch (type.kind) {
      case "array": {
        const element = this.#nullable(type.element);
        return (value) => {
          if (!Array.isArray(value)) throw unfit("java.io.IOException: Start of Array expected");
          return (value as readonly JsonValue[]).map(element);
        };
      }
      case "map": {
        const key = this.#mapKey(type.key);
        const element = this.#nullable(type.value);
        return (value) => {
          const { names, values } = objectOf(value);
          const entries = new MapEntries();
          for (let i = 0; i < names.length; i++) {
            entries.set(key(names[i]!), element(values[i]!), names[i]!);
          }
          return entries.all();
        };
      }
      case "struct": {
        const toRow = this.members(type.fields);
        return (value) => toRow(objectOf(value));
      }
      case "tinyint":
        // Jackson lets a byte have its eighth bit.
        return (value) => (wholeNumber(value, BYTE_RANGE) << 24) >> 24;
      case "smallint":
        return (value) => wholeNumber(value, SHORT_RANGE);
      case "int":
        return (value) => wholeNumber(value, INT_RANGE);
      case "bigint":
        return longNumber;
      case "float":
        return (value) => Math.fround(double(value));
      case "double":
        return double;
      case "binary":
        return () => {
          throw unfit("java.io.IOException: JsonSerDe does not support BINARY type");
        };
      default: {
        const fromText = this.#textual(type);
        return (value) => fromText(textOf(value));
      }
    }
  }

  /** What the SerDe makes of a value's text, however it was written. */
  #textual(type: TextualType): (text: string) => Value {
    switch (type.kind) {
      case "char":
        return (text) => padText(text, type.length);
      case "varchar":
        return (text) => cutText(text, type.length);
      case "decimal":
        return (text) => hiveDecimal(text, type.precision, type.scale);
      case "boolean":
        return (text) => text.toLowerCase() === "true";
      case "date":
        return (text) => {
          const days = parseSqlDate(text);
          if (days === undefined) throw unfit("java.lang.IllegalArgumentException");
          return days;
        };
      case "timestamp":
        return (text) => this.#timestamp(text);
      case "string":
        return (text) => text;
    }
  }

  #timestamp(text: string): bigint {
    for (const format of this.#timestampFormats) {
      const nanos = format(text);
      if (nanos !== undefined) return nanos;
    }
    const nanos = parseSqlTimestamp(text);
    if (nanos === undefined) {
      throw unfit("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]");
    }
    return nanos;
  }

  #mapKey(type: PrimitiveType): (name: string) => Value {
    switch (type.kind) {
      case "tinyint":
        return (name) => Number(decimalInteger(name, 8));
      case "smallint":
        return (name) => Number(decimalInteger(name, 16));
      case "int":
        return (name) => Number(decimalInteger(name, 32));
      case "bigint":
        return (name) => decimalInteger(name, 64);
      case "float":
        return (name) => Math.fround(parseJavaDouble(name));
      case "double":
        return parseJavaDouble;
      case "binary":
        return () => {
          throw unfit("java.io.IOException: JsonSerDe does not support BINARY type");
        };
      default: {
        const fromText = this.#textual(type);
        return (name) => {
          const key = fromText(name);
          if (key === null) throw unfit(inputString(name));
          return key;
        };
      }
    }
  }
}

function objectOf(value: JsonValue): JsonObject {
  if (value instanceof JsonObject) return value;
  throw unfit("java.io.IOException: Start of Object expected");
}

/** As written in the JSON. */
function textOf(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "object" && value !== null) throw new Unconvertible(INCORRECT_FIELD);
  return String(value);
}

interface Range {
  readonly least: number;
  readonly most: number;
  /** As Jackson calls it. */
  readonly name: string;
}

const BYTE_RANGE: Range = { least: -128, most: 255, name: "Java byte" };
const SHORT_RANGE: Range = { least: -32_768, most: 32_767, name: "Java short" };
const INT_RANGE: Range = { least: -2_147_483_648, most: 2_147_483_647, name: "int" };

function wholeNumber(value: JsonValue, { least, most, name }: Range): number {
  const number = Math.trunc(double(value));
  if (number >= least && number <= most) return number + 0;
  throw outOfRange(value, name);
}

const LONG_LEAST = -(2n ** 63n);
const LONG_MOST = 2n ** 63n - 1n;

function longNumber(value: JsonValue): bigint {
  if (typeof value === "number") return BigInt(value);
  const number =
    value instanceof JsonNumber && isWholeText(value.text)
      ? BigInt(value.text)
      : truncated(double(value));
  if (number !== undefined && number >= LONG_LEAST && number <= LONG_MOST) return number;
  throw outOfRange(value, `long (${LONG_LEAST} - ${LONG_MOST})`);
}

function truncated(number: number): bigint | undefined {
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : undefined;
}

function outOfRange(value: JsonValue, name: string): Unconvertible {
  return unfit(`Numeric value (${textOf(value)}) out of range of ${name}`);
}

function double(value: JsonValue): number {
  if (typeof value === "number") return value;
  if (value instanceof JsonNumber) return Number(value.text);
  throw unfit(
    `Current token (${tokenName(value)}) not numeric, can not use numeric value accessors`,
  );
}

/** What Jackson calls it. */
function tokenName(value: JsonValue): string {
  if (typeof value === "string") return "VALUE_STRING";
  if (typeof value === "boolean") return value ? "VALUE_TRUE" : "VALUE_FALSE";
  return Array.isArray(value) ? "START_ARRAY" : "START_OBJECT";
}

/** A name is read by Java alone, which knows no hexadecimal there. */
function decimalInteger(name: string, bits: 8 | 16 | 32 | 64): bigint {
  if (/^0[xX]/.test(name)) throw unfit(inputString(name));
  return parseJavaInteger(name, bits);
}
