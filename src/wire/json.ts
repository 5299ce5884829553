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
