/**
 * JSON as Jackson reads it in Firehose: the standard and nothing beyond it, several documents of a record one behind
 * the other, names of an object as often as they are written, numbers kept as written, a bounded depth.
 *
 * `JSON.parse` would lose digits of long numbers and all but the last of equal names, and knows of no second document.
 */
import { isUtf8 } from "node:buffer";
import {
  DOCUMENTS_PER_RECORD_MAX_COUNT,
  JSON_MAX_DEPTH,
  JSON_NUMBER_MAX_LENGTH,
} from "../../limits.ts";
import { malformedJson, TOO_MANY_DOCUMENTS, Unconvertible } from "./conversion-error.ts";

/** Whole numbers of up to 15 digits are numbers; all others keep their text. */
export type JsonValue =
  | null
  | boolean
  | string
  | number
  | JsonNumber
  | JsonObject
  | readonly JsonValue[];

export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Names and values as written, equal names included. */
export class JsonObject {
  readonly names: string[] = [];
  readonly values: JsonValue[] = [];
}

/** @throws Unconvertible with Jackson's complaint and its place */
export function readDocuments(data: Uint8Array): readonly JsonValue[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!isUtf8(bytes)) throw malformedUtf8(bytes);
  return new DocumentReader(bytes.toString("utf8")).all();
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;
const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const BYTE_ORDER_MARK = 0xfeff;

/** So many digits are exact in a double. */
const EXACT_DIGITS = 15;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class DocumentReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): JsonValue[] {
    const documents: JsonValue[] = [];
    if (this.#text.charCodeAt(0) === BYTE_ORDER_MARK) this.#at++;
    for (;;) {
      const code = this.#next();
      if (Number.isNaN(code)) return documents;
      if (documents.length === DOCUMENTS_PER_RECORD_MAX_COUNT) {
        throw new Unconvertible(TOO_MANY_DOCUMENTS);
      }
      const value = this.#value(code);
      documents.push(value);
      // Objects and arrays may touch what follows; anything else must end visibly.
      if (typeof value === "object" && value !== null && !(value instanceof JsonNumber)) continue;
      const after = this.#text.charCodeAt(this.#at);
      if (!Number.isNaN(after) && !isBlank(after)) {
        throw this.#unexpected("Expected space separating root-level values");
      }
    }
  }

  /** Moves to what is no blank, and returns its code; NaN at the end. */
  #next(): number {
    const text = this.#text;
    let at = this.#at;
    let code = text.charCodeAt(at);
    while (isBlank(code)) code = text.charCodeAt(++at);
    this.#at = at;
    return code;
  }

  #value(code: number): JsonValue {
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object();
      case OPEN_BRACKET:
        return this.#array();
      default:
        if (code === MINUS || isDigit(code)) return this.#number();
        return this.#word();
    }
  }

  #object(): JsonObject {
    const object = new JsonObject();
    const { names, values } = object;
    this.#enter();
    let code = this.#next();
    while (code !== CLOSE_BRACE) {
      if (code !== QUOTE) {
        throw this.#unexpected("was expecting double-quote to start field name", "OBJECT");
      }
      names.push(this.#string());
      if (this.#next() !== COLON) {
        throw this.#unexpected("was expecting a colon to separate field name and value", "OBJECT");
      }
      this.#at++;
      values.push(this.#value(this.#next()));
      code = this.#next();
      if (code === COMMA) {
        this.#at++;
        code = this.#next();
        if (code !== CLOSE_BRACE) continue;
        throw this.#unexpected("was expecting double-quote to start field name", "OBJECT");
      }
      if (code !== CLOSE_BRACE) {
        throw this.#unexpected("was expecting comma to separate OBJECT entries", "OBJECT");
      }
    }
    this.#leave();
    return object;
  }

  #array(): JsonValue[] {
    const values: JsonValue[] = [];
    this.#enter();
    let code = this.#next();
    while (code !== CLOSE_BRACKET) {
      values.push(this.#value(code));
      code = this.#next();
      if (code === COMMA) {
        this.#at++;
        code = this.#next();
        if (code !== CLOSE_BRACKET) continue;
        throw this.#unexpected(EXPECTED_VALUE, "ARRAY");
      }
      if (code !== CLOSE_BRACKET) {
        throw this.#unexpected("was expecting comma to separate ARRAY entries", "ARRAY");
      }
    }
    this.#leave();
    return values;
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > JSON_MAX_DEPTH) {
      throw this.#malformed(
        `Document nesting depth (${this.#depth}) exceeds the maximum allowed (${JSON_MAX_DEPTH})`,
      );
    }
  }

  #leave(): void {
    this.#at++;
    this.#depth--;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === BACKSLASH) return this.#escapedString(start, at);
      if (!(code >= BLANK)) throw this.#brokenString(at);
    }
  }

  #escapedString(start: number, firstEscape: number): string {
    const text = this.#text;
    let value = "";
    let from = start;
    for (let at = firstEscape; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        value += text.slice(from, at);
        // Java writes half of a surrogate pair as a question mark.
        return value.isWellFormed() ? value : value.toWellFormed().replaceAll("\ufffd", "?");
      }
      if (!(code >= BLANK)) throw this.#brokenString(at);
      if (code !== BACKSLASH) continue;
      value += text.slice(from, at);
      const letter = text.charAt(++at);
      if (letter === "u") {
        const digits = text.slice(at + 1, at + 5);
        this.#at = at;
        if (!/^[\dA-Fa-f]{4}$/.test(digits)) {
          throw this.#malformed("expected a hex-digit for character escape sequence");
        }
        value += String.fromCharCode(Number.parseInt(digits, 16));
        at += 4;
      } else {
        const character = ESCAPES[letter];
        this.#at = at;
        if (character === undefined) {
          if (letter === "") throw this.#brokenString(at);
          throw this.#malformed(`Unrecognized character escape ${named(letter)}`);
        }
        value += character;
      }
      from = at + 1;
    }
  }

  #brokenString(at: number): Unconvertible {
    this.#at = at;
    const code = this.#text.charCodeAt(at);
    if (Number.isNaN(code)) {
      return this.#malformed(
        "Unexpected end-of-input: was expecting closing quote for a string value",
      );
    }
    return this.#malformed(
      `Illegal unquoted character ((CTRL-CHAR, code ${code})): has to be escaped using backslash to be included in string value`,
    );
  }

  #number(): number | JsonNumber {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let code = text.charCodeAt(at);
    const isNegative = code === MINUS;
    if (isNegative) code = text.charCodeAt(++at);
    const first = at;
    if (!isDigit(code)) {
      this.#at = at;
      throw this.#unexpected("in numeric value: expected digit (0-9) to follow minus sign");
    }
    while (isDigit(code)) code = text.charCodeAt(++at);
    if (text.charCodeAt(first) === ZERO && at > first + 1) {
      throw this.#malformed("Invalid numeric value: Leading zeroes not allowed");
    }
    const isWhole = code !== POINT && (code | BLANK) !== SMALL_E;
    if (isWhole && at - first <= EXACT_DIGITS && !(isNegative && text.charCodeAt(first) === ZERO)) {
      this.#at = at;
      return Number(text.slice(start, at));
    }
    if (code === POINT) {
      code = text.charCodeAt(++at);
      if (!isDigit(code)) {
        this.#at = at;
        throw this.#unexpected("in numeric value: Decimal point not followed by a digit");
      }
      while (isDigit(code)) code = text.charCodeAt(++at);
    }
    if ((code | BLANK) === SMALL_E) {
      code = text.charCodeAt(++at);
      if (code === PLUS || code === MINUS) code = text.charCodeAt(++at);
      if (!isDigit(code)) {
        this.#at = at;
        throw this.#unexpected("in numeric value: Exponent indicator not followed by a digit");
      }
      while (isDigit(code)) code = text.charCodeAt(++at);
    }
    if (at - start > JSON_NUMBER_MAX_LENGTH) {
      throw this.#malformed(
        `Number value length (${at - start}) exceeds the maximum allowed (${JSON_NUMBER_MAX_LENGTH})`,
      );
    }
    this.#at = at;
    return new JsonNumber(text.slice(start, at));
  }

  #word(): null | boolean {
    for (const [word, value] of WORDS) {
      const end = this.#at + word.length;
      if (!this.#text.startsWith(word, this.#at) || isWordLetter(this.#text.charAt(end))) continue;
      this.#at = end;
      return value;
    }
    const word = /^[\w$]*/.exec(this.#text.slice(this.#at, this.#at + 100))?.[0] ?? "";
    if (word === "") throw this.#unexpected(EXPECTED_VALUE);
    throw this.#malformed(
      `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    );
  }

  /** @param inside what is open, should the text end here */
  #unexpected(wanted: string, inside?: "OBJECT" | "ARRAY"): Unconvertible {
    const character = this.#text.charAt(this.#at);
    if (character !== "") {
      const colon = wanted.startsWith("in ") ? "" : ":";
      return this.#malformed(`Unexpected character (${named(character)})${colon} ${wanted}`);
    }
    const open = inside === undefined ? "in a value" : `expected close marker for ${inside}`;
    return this.#malformed(`Unexpected end-of-input: ${open}`);
  }

  #malformed(detail: string): Unconvertible {
    const before = this.#text.slice(0, this.#at).split("\n");
    const column = before.at(-1)!.length + 1;
    return new Unconvertible(
      malformedJson(`${detail} at [line: ${before.length}, column: ${column}]`),
    );
  }
}

const SMALL_E = 101;
const EXPECTED_VALUE =
  "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

const WORDS: readonly (readonly [string, null | boolean])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
];

function isWordLetter(character: string): boolean {
  return /[\w$]/.test(character);
}

function isBlank(code: number): boolean {
  return code === BLANK || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** `named("}")` → `'}' (code 125)` */
function named(character: string): string {
  return `'${character}' (code ${character.charCodeAt(0)})`;
}

function malformedUtf8(bytes: Buffer): Unconvertible {
  let at = 0;
  for (;;) {
    const lead = bytes[at]!;
    const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const isGood = at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length));
    if (!isGood) {
      const hex = lead.toString(16).padStart(2, "0");
      return new Unconvertible(
        malformedJson(`Invalid UTF-8 start byte 0x${hex} at byte ${at + 1}`),
      );
    }
    at += length;
  }
}
