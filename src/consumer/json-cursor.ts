/**
 * Reads JSON from its text, piece by piece, and passes over what nobody asks for without building it. It sees what
 * `JSON.parse` hides: members that have the same name, and numbers as they were written. The text must be valid.
 */
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKETS: ReadonlyMap<number, number> = new Map([
  [0x5b, 1],
  [0x7b, 1],
  [0x5d, -1],
  [0x7d, -1],
]);

/** What a value begins with, or what ends the one it is looked for in. */
export type JsonStart = "object" | "list" | "text" | "number" | "word" | "end";

export class JsonCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What comes next; `word` is `true`, `false` or `null`. */
  peek(): JsonStart {
    switch (this.#skipToToken()) {
      case 0x7b:
        return "object";
      case 0x5b:
        return "list";
      case QUOTE:
        return "text";
      case 0x7d:
      case 0x5d:
        return "end";
      case 0x74:
      case 0x66:
      case 0x6e:
        return "word";
      default:
        return "number";
    }
  }

  /** Into the object or list that comes next, or out of the one that ends here. */
  step(): void {
    this.#skipToToken();
    this.#at++;
  }

  /** A text that comes next, a member's name among them. */
  text(): string {
    this.#skipToToken();
    const start = this.#at;
    this.#skipText();
    const raw = this.#text.slice(start + 1, this.#at - 1);
    return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /** A number or word that comes next, as it is written. */
  bare(): string {
    this.#skipToToken();
    const start = this.#at;
    while (isBare(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** Past the value that comes next, however deep it is. */
  skip(): void {
    let depth = 0;
    do {
      const code = this.#skipToToken();
      const change = BRACKETS.get(code);
      if (change !== undefined) {
        depth += change;
        this.#at++;
      } else if (code === QUOTE) this.#skipText();
      else while (isBare(this.#text.charCodeAt(this.#at))) this.#at++;
    } while (depth > 0);
  }

  /** Commas and colons say nothing in a text that is valid. */
  #skipToToken(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code <= 0x20 || code === COMMA || code === COLON) {
      code = this.#text.charCodeAt(++this.#at);
    }
    return code;
  }

  #skipText(): void {
    let end = this.#text.indexOf('"', this.#at + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
  }

  #isEscaped(at: number): boolean {
    let count = 0;
    while (this.#text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
    return count % 2 === 1;
  }
}

/** Part of a number or word: digits, letters, signs, points. */
function isBare(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x2b && code <= 0x39 && code !== COMMA) ||
    code === 0x45
  );
}
