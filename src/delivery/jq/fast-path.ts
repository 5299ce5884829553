/**
 * The queries that most delivery streams have, compiled to JavaScript: an object of paths, with a default here and a date
 * there, `{customer: .id, year: (.time / 1000 | strftime("%Y"))}`. jq answers some ten thousand records a second, this
 * several hundred thousand.
 *
 * It must never answer otherwise than jq. So it knows a part of the language in which every expression gives one value,
 * and gives up, for the query or for the one record, wherever jq has an error to tell, or a rule that is not kept here
 * to the letter: jq itself is asked then.
 */
import { numberText } from "./number-text.ts";
import { strftime } from "./strftime.ts";
import { type JqToken, jqTokens } from "./tokens.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Expression = (input: Json) => Json;

/** Values of the query's keys, scalars as text; `undefined`: ask jq. */
export type FastQuery = (
  record: unknown,
  text: string,
) => Readonly<Record<string, unknown>> | undefined;

/** `undefined` for all that only jq understands. */
export function compileFast(query: string): FastQuery | undefined {
  const tokens = jqTokens(query);
  if (tokens === undefined) return undefined;
  try {
    const members = new Parser(tokens).object();
    return (record, text) => {
      if (readsOtherwise(text)) return undefined;
      try {
        return Object.fromEntries(
          members.map(([key, expression]) => [key, scalarText(expression(record as Json))]),
        );
      } catch (error) {
        if (error instanceof AskJq) return undefined;
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof AskJq) return undefined;
    throw error;
  }
}

/** Thrown where jq must be asked. */
class AskJq extends Error {}

function askJq(): never {
  throw new AskJq();
}

/** jq takes no text nested deeper than this. */
const DEPTH_MAX = 256;
/** Halves of characters, which jq replaces, and the character that C ends strings with. */
const ODD_CHARACTER = /\\u(?:[dD][89a-fA-F]|0000)/;
const OPENING = /[[{]/g;

/** Whether jq may see something else in a JSON text than JavaScript does. */
function readsOtherwise(text: string): boolean {
  if (text.includes("\\u") && ODD_CHARACTER.test(text)) return true;
  let openCount = 0;
  OPENING.lastIndex = 0;
  while (OPENING.test(text)) if (++openCount >= DEPTH_MAX) return true;
  return false;
}

/** What is no scalar stands as it is, for the caller to refuse. */
function scalarText(value: Json): Json {
  if (typeof value === "number") return numberText(value);
  return typeof value === "boolean" ? String(value) : value;
}

/** Words that are no names of functions, and cannot stand for a key and its value at once. */
const KEYWORDS: ReadonlySet<string> = new Set(
  "def if then elif else end as reduce foreach try catch label import include and or __loc__ module not".split(
    " ",
  ),
);

class Parser {
  readonly #tokens: readonly JqToken[];
  #at = 0;

  constructor(tokens: readonly JqToken[]) {
    this.#tokens = tokens;
  }

  /** `{key: value, …}`, and nothing behind it. */
  object(): readonly (readonly [string, Expression])[] {
    const members: (readonly [string, Expression])[] = [];
    this.#expect("{");
    while (!this.#takes("}")) {
      members.push(this.#member());
      if (!this.#takes(",") && !this.#isAt("}")) askJq();
    }
    if (this.#at < this.#tokens.length || members.length === 0) askJq();
    return members;
  }

  #member(): readonly [string, Expression] {
    const token = this.#next();
    const key =
      token.kind === "word" ? token.text : token.kind === "string" ? token.value : undefined;
    if (key === undefined || key.includes("::")) return askJq();
    if (this.#takes(":")) return [key, this.#memberValue()];
    if (token.kind === "word" && KEYWORDS.has(key)) return askJq();
    return [key, (input) => field(input, key)];
  }

  /** In an object only terms stand without brackets. */
  #memberValue(): Expression {
    const first = this.#term();
    return this.#takes("|") ? pipe(first, this.#memberValue()) : first;
  }

  #pipe(): Expression {
    const first = this.#alternative();
    return this.#takes("|") ? pipe(first, this.#pipe()) : first;
  }

  #alternative(): Expression {
    const first = this.#or();
    if (!this.#takes("//")) return first;
    const second = this.#alternative();
    return (input) => {
      const value = first(input);
      return isTrue(value) ? value : second(input);
    };
  }

  #or(): Expression {
    let first = this.#and();
    while (this.#takesWord("or")) {
      const [left, right] = [first, this.#and()];
      first = (input) => isTrue(left(input)) || isTrue(right(input));
    }
    return first;
  }

  #and(): Expression {
    let first = this.#comparison();
    while (this.#takesWord("and")) {
      const [left, right] = [first, this.#comparison()];
      first = (input) => isTrue(left(input)) && isTrue(right(input));
    }
    return first;
  }

  #comparison(): Expression {
    const first = this.#sum();
    for (const [sign, compare] of COMPARISONS) {
      if (!this.#takes(sign)) continue;
      const second = this.#sum();
      return (input) => compare(first(input), second(input));
    }
    return first;
  }

  #sum(): Expression {
    let first = this.#product();
    for (;;) {
      const calculate = this.#takes("+") ? add : this.#takes("-") ? SUBTRACT : undefined;
      if (calculate === undefined) return first;
      const [left, right] = [first, this.#product()];
      first = (input) => calculate(left(input), right(input));
    }
  }

  #product(): Expression {
    let first = this.#factor();
    for (;;) {
      const calculate = this.#takes("*") ? MULTIPLY : this.#takes("/") ? DIVIDE : undefined;
      if (calculate === undefined) return first;
      const [left, right] = [first, this.#factor()];
      first = (input) => calculate(left(input), right(input));
    }
  }

  #factor(): Expression {
    return this.#takesWord("if") ? this.#branches() : this.#term();
  }

  /** Behind `if` or `elif`. */
  #branches(): Expression {
    const condition = this.#pipe();
    if (!this.#takesWord("then")) return askJq();
    const then = this.#pipe();
    const otherwise = this.#takesWord("elif") ? this.#branches() : this.#else();
    return (input) => (isTrue(condition(input)) ? then(input) : otherwise(input));
  }

  #else(): Expression {
    if (!this.#takesWord("else")) return askJq();
    const otherwise = this.#pipe();
    return this.#takesWord("end") ? otherwise : askJq();
  }

  #term(): Expression {
    let term = this.#primary();
    for (;;) {
      const step = this.#step();
      if (step === undefined) return term;
      term = pipe(term, step);
    }
  }

  #primary(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case "field":
        return (input) => field(input, token.text.slice(1));
      case "number": {
        const value = Number(token.text);
        return () => value;
      }
      case "string": {
        const { value } = token;
        return value === undefined || !value.isWellFormed() ? askJq() : () => value;
      }
      case "word":
        return this.#word(token.text);
      case "sign":
        if (token.text === ".") return this.#fromInput();
        if (token.text === "(") {
          const inner = this.#pipe();
          this.#expect(")");
          return inner;
        }
        return askJq();
      default:
        return askJq();
    }
  }

  /** Behind a `.` that begins a term: the input itself, or its member. */
  #fromInput(): Expression {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "string") return (input) => input;
    this.#at++;
    const { value } = token;
    return value === undefined ? askJq() : (input) => field(input, value);
  }

  #word(name: string): Expression {
    const literal = LITERALS.get(name);
    if (literal !== undefined) return () => literal.value;
    if (!this.#takes("(")) return PLAIN_FUNCTIONS.get(name) ?? askJq();
    const argument = this.#next();
    this.#expect(")");
    if (argument.kind !== "string" || argument.value === undefined) return askJq();
    const { value } = argument;
    const apply = TEXT_FUNCTIONS.get(name) ?? askJq();
    return (input) => apply(input, value);
  }

  /** `.name`, `."name"`, `["name"]`, `[0]` or `[0:4]` behind a term. */
  #step(): Expression | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind === "field") {
      this.#at++;
      return (input) => field(input, token.text.slice(1));
    }
    if (this.#isAt(".") && this.#tokens[this.#at + 1]?.kind === "string") {
      this.#at++;
      return this.#fromInput();
    }
    if (!this.#takes("[")) return undefined;
    const step = this.#bracket();
    this.#expect("]");
    return step;
  }

  #bracket(): Expression {
    const token = this.#tokens[this.#at];
    if (token?.kind === "string") return this.#fromInput();
    const from = this.#wholeNumber();
    if (this.#takes(":")) {
      const to = this.#wholeNumber();
      return from === undefined && to === undefined ? askJq() : (input) => slice(input, from, to);
    }
    return from === undefined ? askJq() : (input) => element(input, from);
  }

  #wholeNumber(): number | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "number" || !/^\d{1,9}$/.test(token.text)) return undefined;
    this.#at++;
    return Number(token.text);
  }

  #next(): JqToken {
    return this.#tokens[this.#at++] ?? askJq();
  }

  #isAt(sign: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === "sign" && token.text === sign;
  }

  #takes(sign: string): boolean {
    if (!this.#isAt(sign)) return false;
    this.#at++;
    return true;
  }

  #takesWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || token.text !== word) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) askJq();
  }
}

function pipe(first: Expression, second: Expression): Expression {
  return (input) => second(first(input));
}

function isTrue(value: Json): boolean {
  return value !== null && value !== false;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function field(value: Json, key: string): Json {
  if (value === null) return null;
  if (!isObject(value)) return askJq();
  return Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

function element(value: Json, index: number): Json {
  if (value === null) return null;
  return Array.isArray(value) ? ((value as readonly Json[])[index] ?? null) : askJq();
}

/** Of texts alone, in characters. */
function slice(value: Json, from = 0, to?: number): Json {
  if (value === null) return null;
  return typeof value === "string" ? Array.from(value).slice(from, to).join("") : askJq();
}

function numbers(calculate: (left: number, right: number) => number) {
  return (left: Json, right: Json): Json => {
    if (typeof left !== "number" || typeof right !== "number") return askJq();
    const result = calculate(left, right);
    return Number.isFinite(result) ? result : askJq();
  };
}

const SUBTRACT = numbers((left, right) => left - right);
const MULTIPLY = numbers((left, right) => left * right);
const DIVIDE = numbers((left, right) => left / right);
const ADD_NUMBERS = numbers((left, right) => left + right);

function add(left: Json, right: Json): Json {
  if (left === null) return right;
  if (right === null) return left;
  return typeof left === "string" && typeof right === "string"
    ? left + right
    : ADD_NUMBERS(left, right);
}

function isEqual(left: Json, right: Json): boolean {
  const isNested = (value: Json) => typeof value === "object" && value !== null;
  return isNested(left) || isNested(right) ? askJq() : left === right;
}

function inOrder(compare: (left: number, right: number) => boolean) {
  return (left: Json, right: Json): boolean =>
    typeof left === "number" && typeof right === "number" ? compare(left, right) : askJq();
}

const COMPARISONS: readonly (readonly [string, (left: Json, right: Json) => boolean])[] = [
  ["==", isEqual],
  ["!=", (left, right) => !isEqual(left, right)],
  ["<=", inOrder((left, right) => left <= right)],
  [">=", inOrder((left, right) => left >= right)],
  ["<", inOrder((left, right) => left < right)],
  [">", inOrder((left, right) => left > right)],
];

const LITERALS: ReadonlyMap<string, { readonly value: Json }> = new Map([
  ["null", { value: null }],
  ["true", { value: true }],
  ["false", { value: false }],
]);

function ofText(apply: (text: string) => Json): Expression {
  return (input) => (typeof input === "string" ? apply(input) : askJq());
}

function ofNumber(apply: (value: number) => Json): Expression {
  return (input) => (typeof input === "number" ? apply(input) : askJq());
}

const PLAIN_NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/;

const PLAIN_FUNCTIONS: ReadonlyMap<string, Expression> = new Map<string, Expression>([
  ["not", (input) => !isTrue(input)],
  ["floor", ofNumber(Math.floor)],
  ["todate", ofNumber((seconds) => date(seconds, "%Y-%m-%dT%H:%M:%SZ"))],
  ["ascii_downcase", ofText((text) => text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()))],
  ["ascii_upcase", ofText((text) => text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()))],
  [
    "tostring",
    (input) => {
      if (typeof input === "string") return input;
      if (typeof input === "number") return numberText(input);
      return typeof input === "boolean" || input === null ? String(input) : askJq();
    },
  ],
  [
    "tonumber",
    (input) => {
      if (typeof input === "number") return input;
      return typeof input === "string" && PLAIN_NUMBER.test(input) ? Number(input) : askJq();
    },
  ],
  [
    "length",
    (input) => {
      if (input === null) return 0;
      if (typeof input === "string") return Array.from(input).length;
      if (typeof input === "number") return Math.abs(input);
      return typeof input === "boolean" ? askJq() : Object.keys(input).length;
    },
  ],
  [
    "type",
    (input) => {
      if (input === null) return "null";
      return Array.isArray(input) ? "array" : typeof input;
    },
  ],
]);

/** Functions of a text that the query holds. */
const TEXT_FUNCTIONS: ReadonlyMap<string, (input: Json, text: string) => Json> = new Map([
  ["strftime", (input, format) => ofNumber((seconds) => date(seconds, format))(input)],
  ["startswith", (input, start) => ofText((text) => text.startsWith(start))(input)],
  ["endswith", (input, end) => ofText((text) => text.endsWith(end))(input)],
  [
    "ltrimstr",
    (input, start) =>
      typeof input === "string" && input.startsWith(start) ? input.slice(start.length) : input,
  ],
  [
    "rtrimstr",
    (input, end) =>
      typeof input === "string" && end !== "" && input.endsWith(end)
        ? input.slice(0, -end.length)
        : input,
  ],
  [
    "split",
    (input, separator) => {
      if (typeof input !== "string" || separator === "") return askJq();
      return input === "" ? [] : input.split(separator);
    },
  ],
]);

/** Within the days that `Date` knows. */
const SECONDS_MAX = 8.64e12;

function date(value: number, format: string): Json {
  const seconds = Math.trunc(value);
  if (Math.abs(seconds) > SECONDS_MAX) return askJq();
  const at = new Date(seconds * 1000);
  const year = at.getUTCFullYear();
  // Of earlier years neither `Date.UTC` nor C can be trusted, and a format may not hold what ends it in C.
  if (year < 100 || format.includes("\0")) return askJq();
  const yearday = Math.floor((at.getTime() - Date.UTC(year, 0, 1)) / 86_400_000);
  const text = strftime(format, [
    at.getUTCSeconds(),
    at.getUTCMinutes(),
    at.getUTCHours(),
    at.getUTCDate(),
    at.getUTCMonth(),
    year - 1900,
    at.getUTCDay(),
    yearday,
  ]);
  // jq has an error for both.
  return text === "" || text.length >= STRFTIME_MAX_BYTES ? askJq() : text;
}

/** jq's own bound is 4096 bytes; longer ones are left to it with room to spare. */
const STRFTIME_MAX_BYTES = 1000;
