/**
 * AWS JSON 1.1: a parsed body against a shape, and an output back to text. Blobs are base64, times seconds since
 * the epoch. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { decodeBase64 } from "./base64.ts";
import { decodeShape, type Scalars } from "./decode.ts";
import type { Shape } from "./shape.ts";

const SCALARS: Scalars = {
  blob: (value) => (typeof value === "string" ? decodeBase64(value) : undefined),
  timestamp: (value) =>
    typeof value === "number" ? new Date(Math.round(value * 1000)) : undefined,
};

/** Answers what `Infer` says of the shape. */
export function decodeJson(shape: Shape, value: unknown): unknown {
  return decodeShape(SCALARS, shape, value);
}

/** Bytes as base64, dates as seconds with a fraction, `undefined` left out. */
export function encodeJson(output: object): string {
  return needsConversion(output) ? print(output) : JSON.stringify(output);
}

/**
 * As `JSON.stringify` would, which is twice as slow when it has to ask for each member, and makes of bytes a list of
 * numbers before anybody is asked.
 */
function print(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return `"${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}"`;
  }
  if (value instanceof Date) return JSON.stringify(value.getTime() / 1000);
  if (Array.isArray(value)) return `[${value.map(print).join(",")}]`;
  let members = "";
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${quote(name)}:${print(member)}`;
  }
  return `{${members}}`;
}

/** Most texts are ASCII with nothing to escape; that is seen sooner than it is done. */
function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

const PLAIN = /^[ !#-[\]-~]*$/;

function needsConversion(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Date || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.some(needsConversion);
  for (const name in value) {
    if (needsConversion((value as Readonly<Record<string, unknown>>)[name])) return true;
  }
  return false;
}
