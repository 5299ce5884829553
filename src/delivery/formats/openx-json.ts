/**
 * JSON to rows as the OpenX SerDe 1.3.9 does it: it makes of a value what it can, numbers of strings, an array of one
 * of what is no array, a struct of an array by position, JSON text of what stands in a text column.
 *
 * Where AWS was seen to answer otherwise, we do as AWS: JSON is read strictly, numbers from 10^12 on are milliseconds.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_OpenXJsonSerDe.html
 */
import { Unconvertible, mismatch, unfit } from "./conversion-error.ts";
import { parseDecimal } from "./decimals.ts";
import { parseEpoch, parseIsoTimestamp, parseLenientDate, parseSqlTimestamp } from "./instants.ts";
import {
  inputString,
  type IntegerBits,
  isWholeText,
  lowBits,
  narrowDouble,
  parseJavaDouble,
  parseJavaInteger,
  printJavaDouble,
} from "./java-numbers.ts";
import { JsonNumber, JsonObject, type JsonValue } from "./json-documents.ts";
import { MapEntries, NameIndex, recordReader, type RecordReader } from "./record-reader.ts";
import type { Row, Value } from "./row.ts";
import type { ColumnType, Field, Schema } from "./schema.ts";
import { cutText, decodeBase64, hiveDecimal, padText, withoutEnd } from "./text-values.ts";

export interface OpenXOptions {
  /** Names of the JSON count in lower case, everywhere; AWS's default is true. */
  readonly caseInsensitive: boolean;
  /** `a.b` of the JSON is `a_b`, everywhere. */
  readonly convertDotsInJsonKeysToUnderscores: boolean;
  /** Which name of the JSON a column, or a struct's member, has its value from; others have their own. */
  readonly columnToJsonKeyMappings: Readonly<Record<string, string>>;
}

export const OPENX_DEFAULTS: OpenXOptions = {
  caseInsensitive: true,
  convertDotsInJsonKeysToUnderscores: false,
  columnToJsonKeyMappings: {},
};

export function openXReader(schema: Schema, options: OpenXOptions = OPENX_DEFAULTS): RecordReader {
  const toMembers = new Compiler(options).members(schema);
  return recordReader(toMembers.fromObject);
}

/** Of a value that is not null. */
type Convert = (value: JsonValue) => Value;

interface Members {
  readonly fromObject: (object: JsonObject) => Row;
  readonly fromArray: (values: readonly JsonValue[]) => Row;
}

/** Turns types into functions, once per schema. */
class Compiler {
  readonly #foldCase: (name: string) => string;
  readonly #foldName: (name: string) => string;
  readonly #mappings: ReadonlyMap<string, string>;

  constructor(options: OpenXOptions) {
    const { caseInsensitive, convertDotsInJsonKeysToUnderscores: convertDots } = options;
    const foldCase = caseInsensitive ? (name: string) => name.toLowerCase() : asIs;
    this.#foldCase = foldCase;
    this.#foldName = convertDots ? (name) => foldCase(name).replaceAll(".", "_") : foldCase;
    this.#mappings = new Map(Object.entries(options.columnToJsonKeyMappings));
  }

  members(fields: readonly Field[]): Members {
    const index = new NameIndex(
      fields.map(({ name }) => this.#foldCase(this.#mappings.get(name) ?? name)),
      this.#foldName,
    );
    const converts = fields.map(({ type }) => this.#convert(type));
    const finish = (found: readonly (JsonValue | undefined)[]): Row => {
      const row: Value[] = [];
      for (let i = 0; i < converts.length; i++) {
        const value = found[i];
        row.push(value === undefined || value === null ? null : converts[i]!(value));
      }
      return row;
    };
    // No struct holds itself, so one list serves all objects of this place.
    const found: JsonValue[] = converts.map(() => null);
    return {
      fromObject({ names, values }) {
        found.fill(null);
        for (let i = 0; i < names.length; i++) {
          const position = index.find(names[i]!);
          // Of equal names the last one counts.
          if (position >= 0) found[position] = values[i]!;
        }
        return finish(found);
      },
      fromArray: finish,
    };
  }

  #convert(type: ColumnType): Convert {
    switch (type.kind) {
      case "array": {
        const element = this.#nullable(type.element);
        return (value) => {
          if (Array.isArray(value)) return (value as readonly JsonValue[]).map(element);
          return value === "" ? null : [element(value)];
        };
      }
      case "map":
        return this.#map(this.#convert(type.key), this.#nullable(type.value));
      case "struct": {
        const { fromObject, fromArray } = this.members(type.fields);
        return (value) => {
          if (value instanceof JsonObject) return fromObject(value);
          if (Array.isArray(value)) return fromArray(value as readonly JsonValue[]);
          if (value === "") return fromArray([]);
          throw unfit(
            `Data is not JSONObject  but ${javaClass(value)} with value ${this.#text(value)}`,
          );
        };
      }
      default:
        return this.#primitive(type);
    }
  }

  #map(key: Convert, value: Convert): Convert {
    return (json) => {
      if (!(json instanceof JsonObject)) {
        const what = Array.isArray(json) ? "array" : "value";
        throw unfit(`A map column cannot hold a JSON ${what} that is no object.`);
      }
      const entries = new MapEntries();
      for (let i = 0; i < json.names.length; i++) {
        const name = this.#foldName(json.names[i]!);
        const converted = key(name);
        if (converted === null) throw unfit(inputString(name));
        entries.set(converted, value(json.values[i]!), name);
      }
      return entries.all();
    };
  }

  #nullable(type: ColumnType): Convert {
    const convert = this.#convert(type);
    return (value) => (value === null ? null : convert(value));
  }

  #primitive(type: Exclude<ColumnType, { kind: "array" | "map" | "struct" }>): Convert {
    switch (type.kind) {
      case "boolean":
        return (value) =>
          typeof value === "boolean" ? value : this.#text(value).toLowerCase() === "true";
      case "tinyint":
        return this.#integer(8);
      case "smallint":
        return this.#integer(16);
      case "int":
        return this.#integer(32);
      case "bigint":
        return (value) => {
          if (typeof value === "number") return BigInt(value);
          if (value instanceof JsonNumber) return narrowNumber(value, 64);
          return parseJavaInteger(this.#text(value), 64);
        };
      case "float":
        return (value) => Math.fround(this.#double(value));
      case "double":
        return (value) => this.#double(value);
      case "string":
        return (value) => (typeof value === "string" ? value : this.#text(value));
      case "char":
        return (value) => padText(this.#text(value), type.length);
      case "varchar":
        return (value) => cutText(this.#text(value), type.length);
      case "binary":
        return (value) => decodeBase64(this.#text(value));
      case "decimal": {
        const { precision, scale } = type;
        return (value) =>
          hiveDecimal(
            value instanceof JsonNumber ? value.text : this.#text(value),
            precision,
            scale,
          );
      }
      case "date":
        return (value) => {
          if (typeof value === "number") return lowBits(value, 32);
          const days = parseLenientDate(this.#text(value));
          if (days === undefined) throw unfit("Cannot create date, parsing error");
          return days;
        };
      case "timestamp":
        return (value) => this.#timestamp(value);
    }
  }

  #integer(bits: 8 | 16 | 32): Convert {
    return (value) => {
      if (typeof value === "number") return lowBits(value, bits);
      if (value instanceof JsonNumber) return Number(narrowNumber(value, bits));
      return Number(parseJavaInteger(this.#text(value), bits));
    };
  }

  #double(value: JsonValue): number {
    if (typeof value === "number") return value;
    if (value instanceof JsonNumber) return Number(value.text);
    return parseJavaDouble(this.#text(value));
  }

  #timestamp(value: JsonValue): bigint {
    const text = value instanceof JsonNumber ? value.text : this.#text(value);
    const nanos =
      (typeof value === "string"
        ? (parseSqlTimestamp(text) ?? parseIsoTimestamp(text))
        : undefined) ?? parseEpoch(text);
    if (nanos === "out of range") {
      throw new Unconvertible(mismatch(`The timestamp ${text.slice(0, 100)} is out of range.`));
    }
    if (nanos === undefined) throw unfit(inputString(text));
    return nanos;
  }

  /** As Java's `toString()` has it. */
  #text(value: JsonValue): string {
    if (typeof value === "string") return value;
    if (value instanceof JsonNumber) return printNumber(value);
    if (typeof value === "object" && value !== null) return this.#json(value);
    return String(value);
  }

  /** Without blanks, and with names as the other options have made them. */
  #json(value: JsonValue): string {
    if (value instanceof JsonObject) {
      // Equal names leave one.
      const members = new Map<string, JsonValue>();
      for (let i = 0; i < value.names.length; i++) {
        members.set(this.#foldName(value.names[i]!), value.values[i]!);
      }
      const written = [...members].map(([name, member]) => {
        return `${JSON.stringify(name)}:${this.#json(member)}`;
      });
      return `{${written.join(",")}}`;
    }
    if (Array.isArray(value)) {
      return `[${(value as readonly JsonValue[]).map((element) => this.#json(element)).join(",")}]`;
    }
    if (value instanceof JsonNumber) {
      const number = Number(value.text);
      // A fraction of nothing is left out.
      return Number.isSafeInteger(number) ? String(number) : printNumber(value);
    }
    return JSON.stringify(value);
  }
}

function asIs(name: string): string {
  return name;
}

/** A number that is not whole, or long: what is left of it in so many bits. */
function narrowNumber({ text }: JsonNumber, bits: IntegerBits): bigint {
  return isWholeText(text) ? BigInt.asIntN(bits, BigInt(text)) : narrowDouble(Number(text), bits);
}

/** Whole numbers as written; others as Java's doubles where a double is what was written. */
function printNumber({ text }: JsonNumber): string {
  if (isWholeText(text)) return text === "-0" ? "0" : text;
  const double = Number(text);
  return isSameNumber(text, String(double)) ? printJavaDouble(double) : text;
}

function isSameNumber(a: string, b: string): boolean {
  const [first, second] = [parseDecimal(a), parseDecimal(b)].map(
    (decimal) =>
      decimal && {
        digits: withoutEnd(decimal.digits, "0"),
        length: decimal.digits.length + decimal.exponent,
      },
  );
  if (!first || !second) return false;
  return first.digits === second.digits && (first.digits === "" || first.length === second.length);
}

function javaClass(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return "java.lang.String";
    case "boolean":
      return "java.lang.Boolean";
    case "number":
      return "java.lang.Long";
    default:
      return value instanceof JsonNumber && isWholeText(value.text)
        ? "java.lang.Long"
        : "java.lang.Double";
  }
}
