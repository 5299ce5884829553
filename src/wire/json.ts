/**
 * AWS JSON 1.1: a parsed body against a shape, and an output back to text. The first member of a wrong type
 * ends the request with AWS's own sentence; null is the same as absent, and members the shape does not know
 * are ignored. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { serviceError, type ServiceError } from "../errors.ts";
import { decodeBase64 } from "./base64.ts";
import type { Members, NumberShape, Shape } from "./shape.ts";

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2 ** 63;

/** Answers what `Infer` says of the shape. */
export function decodeJson(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "string":
      return typeof value === "string" ? value : fail(value, "an String");
    case "integer":
    case "long":
    case "double":
      return typeof value === "number"
        ? toNumber(shape.kind, value)
        : fail(value, `an ${NUMBER_NAMES[shape.kind]}`);
    case "boolean":
      return toBoolean(value);
    case "blob":
      return typeof value === "string" ? decodeBase64(value) : fail(value, "a Blob");
    case "timestamp":
      return typeof value === "number"
        ? new Date(Math.round(value * 1000))
        : fail(value, "milliseconds since epoch");
    case "list":
      if (Array.isArray(value)) return decodeList(shape.member, value);
      throw misplaced(value, "Expected list or null");
    case "map":
      if (isObject(value)) return decodeMap(shape.value, value);
      throw misplaced(value, "Expected map or null");
    case "structure":
      if (isObject(value)) return decodeMembers(shape.members, value);
      throw misplaced(value, "Expected null");
  }
}

function decodeMembers(members: Members, value: Readonly<Record<string, unknown>>): unknown {
  const decoded: Record<string, unknown> = {};
  for (const name in members) {
    const member = value[name];
    if (member === undefined || member === null) continue;
    decoded[name] = decodeJson(members[name]!, member);
  }
  return decoded;
}

function decodeList(member: Shape, values: readonly unknown[]): unknown[] {
  const decoded: unknown[] = [];
  for (const value of values) {
    // A null in a list stays out: AWS's lists are not sparse.
    if (value !== null) decoded.push(decodeJson(member, value));
  }
  return decoded;
}

function decodeMap(member: Shape, value: Readonly<Record<string, unknown>>): unknown {
  // fromEntries defines members, so that a key such as __proto__ is only a key.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, decodeJson(member, entry)]),
  );
}

const NUMBER_NAMES = { integer: "Integer", long: "Long", double: "Double" } as const;

function toNumber(kind: NumberShape["kind"], value: number): number {
  if (kind === "double") return value;
  const max = kind === "integer" ? INT_MAX : LONG_MAX;
  return Math.max(-max - 1, Math.min(max, Math.floor(value)));
}

function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return fail(value, "an Boolean");
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw serviceError("SerializationException", `'${value}' can not be converted to an Boolean`);
}

/** A scalar, list or object where a scalar of another kind belongs. */
function fail(value: unknown, wanted: string): never {
  throw misplaced(value, `class ${JAVA_CLASS[typeof value]} can not be converted to ${wanted}`);
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

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Bytes as base64, dates as seconds with a fraction, `undefined` left out. */
export function encodeJson(output: object): string {
  // Most answers hold neither, and JSON.stringify is several times slower when it has to ask for each member.
  if (!needsConversion(output)) return JSON.stringify(output);
  return JSON.stringify(output, function (this: Readonly<Record<string, unknown>>, key, value) {
    // Date and Buffer have turned themselves into JSON before `value` comes here; the holder still has them.
    const original = this[key];
    if (original instanceof Date) return original.getTime() / 1000;
    if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
    return value as unknown;
  });
}

function needsConversion(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Date || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.some(needsConversion);
  for (const name in value) {
    if (needsConversion((value as Readonly<Record<string, unknown>>)[name])) return true;
  }
  return false;
}
