/**
 * JavaScript values to CBOR: bytes as byte strings, dates as tag 1 with whole milliseconds (a float there breaks
 * Java's clients), objects as maps without the members that are undefined. Lengths are always definite.
 * https://www.rfc-editor.org/rfc/rfc8949
 */
import { MAJOR, TIMESTAMP_TAG } from "./cbor-parse.ts";

const INITIAL_BYTES = 1024;
/** The first byte of an item and the longest argument. */
const HEAD_MAX_BYTES = 9;

const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const DOUBLE = 0xfb;

export function printCbor(value: unknown): Uint8Array {
  const printer = new Printer();
  printer.item(value);
  return printer.printed();
}

class Printer {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  printed(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  item(value: unknown): void {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number") return this.#number(value);
    if (typeof value === "boolean") return this.#byte(value ? TRUE : FALSE);
    // In a list, where it keeps its place; members of objects do not come here.
    if (value === null || value === undefined) return this.#byte(NULL);
    if (value instanceof Uint8Array) return this.#blob(value);
    if (value instanceof Date) {
      this.#head(MAJOR.tag, TIMESTAMP_TAG);
      return this.#number(value.getTime());
    }
    if (Array.isArray(value)) {
      this.#head(MAJOR.list, value.length);
      for (const entry of value) this.item(entry);
      return;
    }
    if (typeof value !== "object") throw new TypeError(`CBOR has no form for a ${typeof value}`);
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    this.#head(MAJOR.map, members.length);
    for (const [name, member] of members) {
      this.#text(name);
      this.item(member);
    }
  }

  #text(text: string): void {
    const byteCount = Buffer.byteLength(text);
    this.#head(MAJOR.text, byteCount);
    this.#reserve(byteCount);
    this.#length += this.#bytes.write(text, this.#length);
  }

  #blob(blob: Uint8Array): void {
    this.#head(MAJOR.bytes, blob.length);
    this.#reserve(blob.length);
    this.#bytes.set(blob, this.#length);
    this.#length += blob.length;
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#reserve(HEAD_MAX_BYTES);
      this.#bytes[this.#length] = DOUBLE;
      this.#length = this.#bytes.writeDoubleBE(value, this.#length + 1);
    } else if (value < 0) {
      this.#head(MAJOR.negative, -1 - value);
    } else {
      this.#head(MAJOR.unsigned, value);
    }
  }

  /** An item's kind and its number, in as few bytes as it fits. */
  #head(major: number, argument: number): void {
    this.#reserve(HEAD_MAX_BYTES);
    const kind = major << 5;
    const bytes = this.#bytes;
    const at = this.#length + 1;
    if (argument < 24) {
      bytes[this.#length] = kind | argument;
      this.#length = at;
    } else if (argument < 2 ** 8) {
      bytes[this.#length] = kind | 24;
      this.#length = bytes.writeUInt8(argument, at);
    } else if (argument < 2 ** 16) {
      bytes[this.#length] = kind | 25;
      this.#length = bytes.writeUInt16BE(argument, at);
    } else if (argument < 2 ** 32) {
      bytes[this.#length] = kind | 26;
      this.#length = bytes.writeUInt32BE(argument, at);
    } else {
      bytes[this.#length] = kind | 27;
      this.#length = bytes.writeBigUInt64BE(BigInt(argument), at);
    }
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
