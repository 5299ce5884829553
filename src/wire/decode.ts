/**
 * A parsed body against a shape, whatever it was parsed from. The first member of a wrong type ends the request
 * with AWS's own sentence; a null member is the same as an absent one, and members the shape does not know are
 * ignored. A null within a list or a map keeps its place as `undefined`, which the checker refuses: were it left out, a
 * producer could not tell which of its records an answer's entries are about. Only bytes and times differ between
 * encodings.
 */
import { serviceError, type ServiceError, shown } from "../errors.ts";
import type { Members, NumberShape, Shape } from "./shape.ts";

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2 ** 63;

/** How an encoding brings what JSON has no form for; `undefined`: the value is of another type. */
export interface Scalars {
  blob(value: unknown): Uint8Array | undefined;
  timestamp(value: unknown): Date | undefined;
}

/** Answers what `Infer` says of the shape. */
export function decodeShape(scalars: Scalars, shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "string":
      return typeof value === "string" ? value : fail(value, "an String");
    case "integer":
    case "long":
    case "double":
      return typeof value === "number" && !Number.isNaN(value)
        ? toNumber(shape, value)
        : fail(value, `an ${NUMBER_NAMES[shape.kind]}`);
    case "boolean":
      return toBoolean(value);
    case "blob":
      return scalars.blob(value) ?? fail(value, "a Blob");
    case "timestamp":
      return toDate(scalars.timestamp(value)) ?? fail(value, "milliseconds since epoch");
    case "list":
      if (Array.isArray(value)) return decodeList(scalars, shape.member, value);
      throw misplaced(value, "Expected list or null");
    case "map":
      if (isObject(value)) return decodeMap(scalars, shape.value, value);
      throw misplaced(value, "Expected map or null");
    case "structure":
      if (isObject(value)) return decodeMembers(scalars, shape.members, value);
      throw misplaced(value, "Expected null");
  }
}

function decodeMembers(
  scalars: Scalars,
  members: Members,
  value: Readonly<Record<string, unknown>>,
): unknown {
  const decoded: Record<string, unknown> = {};
  for (const name in members) {
    const member = value[name];
    if (member === undefined || member === null) continue;
    decoded[name] = decodeShape(scalars, members[name]!, member);
  }
  return decoded;
}

function decodeList(scalars: Scalars, member: Shape, values: readonly unknown[]): unknown[] {
  return values.map((value) => decodeEntry(scalars, member, value));
}

function decodeMap(
  scalars: Scalars,
  member: Shape,
  value: Readonly<Record<string, unknown>>,
): unknown {
  // fromEntries defines members, so that a key such as __proto__ is only a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, decodeEntry(scalars, member, entry)]),
  );
}

function decodeEntry(scalars: Scalars, member: Shape, value: unknown): unknown {
  return value === null ? undefined : decodeShape(scalars, member, value);
}

const NUMBER_NAMES = { integer: "Integer", long: "Long", double: "Double" } as const;

function toNumber({ kind, fractionMin = 1 }: NumberShape, value: number): number {
  if (kind === "double" || (value >= fractionMin && value < 1)) return value;
  const max = kind === "integer" ? INT_MAX : LONG_MAX;
  return Math.max(-max - 1, Math.min(max, Math.floor(value)));
}

/** No date of JavaScript's lies further than 100 million days from the epoch. */
function toDate(date: Date | undefined): Date | undefined {
  return Number.isNaN(date?.getTime()) ? undefined : date;
}

function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return fail(value, "an Boolean");
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw serviceError(
    "SerializationException",
    `'${shown(value)}' can not be converted to an Boolean`,
  );
}

/** A scalar, list or object where a scalar of another kind belongs. */
function fail(value: unknown, wanted: string): never {
  throw misplaced(value, `class ${javaClass(value)} can not be converted to ${wanted}`);
}

function javaClass(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return "java.nio.HeapByteBuffer";
  if (value instanceof Date) return "java.util.Date";
  return JAVA_CLASS[typeof value];
}

const JAVA_CLASS: Readonly<Record<string, string>> = {
  boolean: "java.lang.Boolean",
  number: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
  string: "java.lang.String",
};

function misplaced(value: unknown, otherwise: string): ServiceError {
  if (Array.isArray(value)) {
    return serviceError("SerializationException", "Start of list found where not expected");
  }
  if (isObject(value)) {
    return serviceError(
      "SerializationException",
      "Start of structure or map found where not expected.",
    );
  }
  return serviceError("SerializationException", otherwise);
}

/** A structure or map, as a parser answers it. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
