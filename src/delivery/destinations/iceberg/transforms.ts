/**
 * From a column's value to its partition's: Iceberg's transforms.
 * https://iceberg.apache.org/spec/#partition-transforms
 */
import type { Value } from "../../formats/row.ts";
import { cutText } from "../../formats/text-values.ts";
import { murmur3 } from "./murmur3.ts";
import { unscaledBytes, valueBytes } from "./single-value.ts";
import type { PrimitiveType } from "./types.ts";

export interface Transform {
  /** Of what it gives. */
  readonly type: PrimitiveType;
  apply(value: Value): Value;
}

const INT: PrimitiveType = { kind: "int" };

/** @returns `undefined` for one that is not known, or not of that type */
export function readTransform(name: string, source: PrimitiveType): Transform | undefined {
  const [, word = "", parameter] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(name) ?? [];
  const number = parameter === undefined ? undefined : Number(parameter);
  switch (word) {
    case "identity":
      return { type: source, apply: (value) => value };
    case "void":
      return { type: source, apply: () => null };
    case "bucket":
      return number ? bucket(source, number) : undefined;
    case "truncate":
      return number ? truncate(source, number) : undefined;
    case "year":
    case "month":
    case "day":
    case "hour":
      return ofTime(source, word);
    default:
      return undefined;
  }
}

function ofValue(type: PrimitiveType, apply: (value: NonNullable<Value>) => Value): Transform {
  return { type, apply: (value) => (value === null ? null : apply(value)) };
}

const SIGN_OFF = 0x7fffffff;

function bucket(source: PrimitiveType, count: number): Transform | undefined {
  const bytesOf = hashedBytes(source);
  if (bytesOf === undefined) return undefined;
  return ofValue(INT, (value) => (murmur3(bytesOf(value)) & SIGN_OFF) % count);
}

function hashedBytes(
  source: PrimitiveType,
): ((value: NonNullable<Value>) => Uint8Array) | undefined {
  switch (source.kind) {
    // As longs, so that a column that became one keeps its buckets.
    case "int":
    case "date":
      return (value) => valueBytes({ kind: "long" }, BigInt(value as number));
    case "decimal":
      return (value) => unscaledBytes(value as bigint);
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz":
    case "string":
    case "uuid":
    case "fixed":
    case "binary":
      return (value) => valueBytes(source, value);
    case "boolean":
    case "float":
    case "double":
      return undefined;
  }
}

function truncate(source: PrimitiveType, width: number): Transform | undefined {
  switch (source.kind) {
    case "int":
      return ofValue(source, (value) => {
        const number = value as number;
        return number - (((number % width) + width) % width);
      });
    case "long":
    case "decimal": {
      const wide = BigInt(width);
      return ofValue(source, (value) => {
        const number = value as bigint;
        return number - (((number % wide) + wide) % wide);
      });
    }
    case "string":
      return ofValue(source, (value) => cutText(value as string, width));
    case "binary":
      return ofValue(source, (value) => (value as Uint8Array).slice(0, width));
    default:
      return undefined;
  }
}

type TimeWord = "year" | "month" | "day" | "hour";

const MICROS_PER_HOUR = 3_600_000_000n;
const MICROS_PER_DAY = 24n * MICROS_PER_HOUR;
const DAY_MS = 86_400_000;
const EPOCH_YEAR = 1970;

function ofTime(source: PrimitiveType, word: TimeWord): Transform | undefined {
  const type: PrimitiveType = word === "day" ? { kind: "date" } : INT;
  switch (source.kind) {
    case "date":
      return word === "hour"
        ? undefined
        : ofValue(type, (value) => sinceEpoch(value as number, word));
    case "timestamp":
    case "timestamptz":
      return ofValue(type, (value) => {
        const micros = value as bigint;
        if (word === "hour") return floorDivided(micros, MICROS_PER_HOUR);
        return sinceEpoch(floorDivided(micros, MICROS_PER_DAY), word);
      });
    default:
      return undefined;
  }
}

function floorDivided(value: bigint, divisor: bigint): number {
  const quotient = value / divisor;
  return Number(value < 0n && quotient * divisor !== value ? quotient - 1n : quotient);
}

function sinceEpoch(days: number, word: Exclude<TimeWord, "hour">): number {
  if (word === "day") return days;
  const date = new Date(days * DAY_MS);
  const years = date.getUTCFullYear() - EPOCH_YEAR;
  return word === "year" ? years : 12 * years + date.getUTCMonth();
}
