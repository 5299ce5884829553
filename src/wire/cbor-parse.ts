/**
 * CBOR to JavaScript values: maps to objects, byte strings to bytes, tag 1 to dates. What comes in was written
 * by anybody, so every length is held against the bytes that are there before anything is made of it, nesting and
 * the number of values are bounded, and whatever is not well formed as a whole answers `undefined`.
 * https://www.rfc-editor.org/rfc/rfc8949
 */
import { isUtf8 } from "node:buffer";
import { PARSED_DEPTH_MAX, PARSED_VALUES_MAX_COUNT } from "../limits.ts";

/** The eight kinds of items, in the upper three bits of each item's first byte. */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  list: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

/** Here in AWS's sense: milliseconds, where the RFC counts seconds. */
export const TIMESTAMP_TAG = 1;

const INDEFINITE = 31;
const BREAK = 0xff;

class Malformed extends Error {}

/** One item that fills `bytes`; undefined counts as null. */
export function parseCbor(bytes: Uint8Array): unknown {
  try {
    const parser = new Parser(bytes);
    const value = parser.item(0);
    return parser.atEnd ? value : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Parser {
  readonly #bytes: Buffer;
  #at = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): unknown {
    if (depth > PARSED_DEPTH_MAX) throw new Malformed();
    this.#countOne();
    const first = this.#bytes[this.#take(1)]!;
    const major = first >> 5;
    const info = first & 0x1f;
    switch (major) {
      case MAJOR.unsigned:
        return this.#argument(info);
      case MAJOR.negative:
        return -1 - this.#argument(info);
      case MAJOR.bytes:
        return this.#string(MAJOR.bytes, info);
      case MAJOR.text:
        return this.#text(info);
      case MAJOR.list:
        return this.#list(info, depth + 1);
      case MAJOR.map:
        return this.#map(info, depth + 1);
      case MAJOR.tag:
        return this.#tagged(this.#argument(info), depth + 1);
      default:
        return this.#simple(info);
    }
  }

  /** A value, a key or a chunk: each takes memory, and may be a single byte. */
  #countOne(): void {
    if (++this.#count > PARSED_VALUES_MAX_COUNT) throw new Malformed();
  }

  /** Moves past `count` bytes and answers where they start. */
  #take(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) throw new Malformed();
    this.#at = from + count;
    return from;
  }

  /** A number in the first byte's lower five bits or in the bytes after it; exact up to 2^53. */
  #argument(info: number): number {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.#bytes.readUInt8(this.#take(1));
      case 25:
        return this.#bytes.readUInt16BE(this.#take(2));
      case 26:
        return this.#bytes.readUInt32BE(this.#take(4));
      case 27:
        return Number(this.#bytes.readBigUInt64BE(this.#take(8)));
      default:
        throw new Malformed();
    }
  }

  /** The bytes themselves where they are in one piece, not a copy. */
  #string(major: number, info: number): Buffer {
    if (info !== INDEFINITE) {
      const length = this.#argument(info);
      const from = this.#take(length);
      return this.#bytes.subarray(from, from + length);
    }
    const chunks: Buffer[] = [];
    while (!this.#isBreak()) {
      this.#countOne();
      const first = this.#bytes[this.#take(1)]!;
      // Chunks are whole strings of the same kind.
      if (first >> 5 !== major || (first & 0x1f) === INDEFINITE) throw new Malformed();
      chunks.push(this.#string(major, first & 0x1f));
    }
    return Buffer.concat(chunks);
  }

  #text(info: number): string {
    const bytes = this.#string(MAJOR.text, info);
    if (!isUtf8(bytes)) throw new Malformed();
    return bytes.toString("utf8");
  }

  #list(info: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (const more = this.#counter(info, 1); more();) list.push(this.item(depth));
    return list;
  }

  #map(info: number, depth: number): object {
    // Without a prototype every key is only a key, __proto__ too.
    const map = Object.create(null) as Record<string, unknown>;
    for (const more = this.#counter(info, 2); more();) {
      const key = this.item(depth);
      if (typeof key !== "string") throw new Malformed();
      map[key] = this.item(depth);
    }
    return map;
  }

  /** Whether another entry follows, of at least `entryBytes` bytes each. */
  #counter(info: number, entryBytes: number): () => boolean {
    if (info === INDEFINITE) return () => !this.#isBreak();
    let left = this.#argument(info);
    if (left * entryBytes > this.#bytes.length - this.#at) throw new Malformed();
    return () => left-- > 0;
  }

  #isBreak(): boolean {
    const isBreak = this.#bytes[this.#at] === BREAK;
    if (isBreak) this.#at++;
    return isBreak;
  }

  #tagged(tag: number, depth: number): unknown {
    const value = this.item(depth);
    // Of other tags only what they are put on counts.
    if (tag !== TIMESTAMP_TAG) return value;
    if (typeof value !== "number") throw new Malformed();
    return new Date(Math.round(value));
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return half(this.#bytes.readUInt16BE(this.#take(2)));
      case 26:
        return this.#bytes.readFloatBE(this.#take(4));
      case 27:
        return this.#bytes.readDoubleBE(this.#take(8));
      default:
        throw new Malformed();
    }
  }
}

/** One bit sign, five exponent, ten fraction; `half(0x3c00)` → 1. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
