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
  if (!needsConversion(output)) return JSON.stringify(output);
  const printed = new Printed(Number.POSITIVE_INFINITY);
  printed.print(output);
  return printed.text;
}

/** The same, a large one in pieces of UTF-8: to make one text of megabytes first takes longer than printing it. */
export function encodeJsonBody(output: object): string | readonly Uint8Array[] {
  if (!needsConversion(output)) return JSON.stringify(output);
  const printed = new Printed(PIECE_LENGTH);
  printed.print(output);
  const { pieces, text } = printed;
  return pieces.length === 0 ? text : [...pieces, Buffer.from(text)];
}

/** Below what the system hands out as fresh memory each time. */
const PIECE_LENGTH = 48 * 1024;

/**
 * As `JSON.stringify` would print it, which is twice as slow when it has to ask for each member, and makes of bytes a list
 * of numbers before anybody is asked.
 */
class Printed {
  readonly pieces: Uint8Array[] = [];
  /** Behind the last piece. */
  text = "";
  readonly #pieceLength: number;

  constructor(pieceLength: number) {
    this.#pieceLength = pieceLength;
  }

  print(value: unknown): void {
    if (typeof value === "string") {
      this.text += quote(value);
    } else if (typeof value !== "object" || value === null) {
      this.text += JSON.stringify(value) ?? "null";
    } else if (value instanceof Uint8Array) {
      const { buffer, byteOffset, byteLength } = value;
      this.text += `"${Buffer.from(buffer, byteOffset, byteLength).toString("base64")}"`;
      if (this.text.length >= this.#pieceLength) {
        this.pieces.push(Buffer.from(this.text));
        this.text = "";
      }
    } else if (value instanceof Date) {
      this.text += JSON.stringify(value.getTime() / 1000);
    } else if (Array.isArray(value)) {
      let before = "[";
      for (const entry of value) {
        this.text += before;
        this.print(entry);
        before = ",";
      }
      this.text += before === "[" ? "[]" : "]";
    } else {
      let before = "{";
      for (const [name, member] of Object.entries(value)) {
        if (member === undefined) continue;
        this.text += `${before}${quote(name)}:`;
        this.print(member);
        before = ",";
      }
      this.text += before === "{" ? "{}" : "}";
    }
  }
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
