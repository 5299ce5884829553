/**
 * The comparisons of a filter pattern: what may stand in a member's list beside plain values, each with one key, such as
 * `{ "numeric": [">", 5] }`. They are those of EventBridge's event patterns, refused where that refuses them. A list
 * becomes one test whose cost grows as little with the list as may be: a record may hold a hundred thousand values
 * at the path.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { type AddressTest, addressRange, sameAddress } from "./filter-address.ts";
import { comparableNumber, inAnyRange, type NumberRange } from "./filter-number.ts";
import type { Leaf } from "./filter-paths.ts";
import { parseGlob } from "./filter-wildcard.ts";
import type { JsonNode } from "./json-node.ts";

/** What a member's list stands for. */
export interface ListTest {
  /** That there is nothing at the path is wanted, too. */
  readonly wantsAbsence: boolean;
  readonly matches: (leaf: Leaf) => boolean;
  /** Steps that a text takes for each of its characters, and any value at least. */
  readonly weight: number;
}

/** Its message says what is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

export function listTest(items: readonly JsonNode[]): ListTest {
  const alternatives = new Alternatives();
  for (const item of items) {
    if (item.kind === "object") readOperator(item, alternatives);
    else alternatives.equal(item);
  }
  return alternatives.test();
}

type Part = (leaf: Leaf) => boolean;
type TextTest = (text: string) => boolean;

const IGNORE_CASE = "equals-ignore-case";

/** What is done with the texts of one kind, all at once. */
const TEXT_TESTS = {
  equals: (texts) => {
    const wanted = new Set(texts);
    return (text) => wanted.has(text);
  },
  prefix: (texts) => cutTest(texts, starting),
  suffix: (texts) => cutTest(texts, ending),
  [IGNORE_CASE]: (texts) => {
    const wanted = new Set(texts.map(lower));
    return (text) => wanted.has(lower(text));
  },
  "prefix-ignore-case": (texts) => cutTest(texts, starting, lower),
  "suffix-ignore-case": (texts) => cutTest(texts, ending, lower),
  wildcard: (texts) => {
    const globs = texts.map(globOf);
    return (text) => globs.some((matches) => matches(text));
  },
} satisfies Readonly<Record<string, (texts: readonly string[]) => TextTest>>;

type TextKind = keyof typeof TEXT_TESTS;

/** All that a list may be, sorted by kind. */
class Alternatives {
  readonly #texts = new Map<TextKind, string[]>();
  readonly #numbers = new Set<number>();
  /** As they are written. */
  readonly #bare = new Set<string>();
  readonly #ranges: NumberRange[] = [];
  readonly #addresses: AddressTest[] = [];
  readonly #others: Part[] = [];
  #wantsAbsence = false;
  #weight = 1;

  equal(item: JsonNode): void {
    if (item.kind === "object" || item.kind === "list") {
      throw new PatternError("a list holds texts, numbers, true, false, null and comparisons");
    }
    const { kind, text } = item;
    const number = kind === "number" ? comparableNumber(text) : undefined;
    const address = kind === "text" ? sameAddress(text) : undefined;
    if (number !== undefined) this.#numbers.add(number);
    else if (address !== undefined) this.address(address);
    else if (kind === "text") this.text("equals", text);
    else this.#bare.add(text);
  }

  text(kind: TextKind, text: string): void {
    const texts = this.#texts.get(kind);
    if (kind === "wildcard") this.#weight++;
    if (texts) texts.push(text);
    else this.#texts.set(kind, [text]);
  }

  number(value: number): void {
    this.#numbers.add(value);
  }

  range(range: NumberRange): void {
    this.#ranges.push(range);
  }

  address(test: AddressTest): void {
    this.#weight++;
    this.#addresses.push(test);
  }

  exists(isWanted: boolean): void {
    if (isWanted) this.#others.push(() => true);
    else this.#wantsAbsence = true;
  }

  /** Anything that is there: an absent member has no value to be tested. */
  anythingBut({ matches, weight }: ListTest): void {
    this.#weight += weight;
    this.#others.push((leaf) => !matches(leaf));
  }

  test(): ListTest {
    const parts = [...this.#parts()];
    return {
      wantsAbsence: this.#wantsAbsence,
      matches: (leaf) => parts.some((part) => part(leaf)),
      weight: this.#weight,
    };
  }

  *#parts(): Generator<Part> {
    const bare = this.#bare;
    const numbers = this.#numbers;
    const addresses = this.#addresses;
    if (bare.size > 0) yield ({ kind, text }) => kind !== "text" && bare.has(text);
    if (numbers.size > 0) yield ofNumber((value) => numbers.has(value));
    if (this.#ranges.length > 0) yield ofNumber(inAnyRange(this.#ranges));
    if (addresses.length > 0) {
      yield ({ kind, text }) => kind === "text" && addresses.some((matches) => matches(text));
    }
    for (const [kind, texts] of this.#texts) {
      const matches = TEXT_TESTS[kind](texts);
      yield (leaf) => leaf.kind === "text" && matches(leaf.text);
    }
    yield* this.#others;
  }
}

function ofNumber(matches: (value: number) => boolean): Part {
  return ({ value }) => value !== undefined && matches(value);
}

type Operator = (operand: JsonNode, alternatives: Alternatives) => void;

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["exactly", (operand, to) => to.text("equals", textOf("exactly", operand))],
  ["prefix", affix("prefix", "prefix-ignore-case")],
  ["suffix", affix("suffix", "suffix-ignore-case")],
  [IGNORE_CASE, (operand, to) => to.text(IGNORE_CASE, textOf(IGNORE_CASE, operand))],
  ["wildcard", (operand, to) => to.text("wildcard", textOf("wildcard", operand))],
  ["anything-but", (operand, to) => to.anythingBut(exclusion(operand))],
  ["numeric", numeric],
  ["exists", exists],
  ["cidr", cidr],
]);

/** What no member of an alternative of `$or` may be called: it would be a comparison that lacks its list. */
export function isOperator(name: string): boolean {
  return OPERATORS.has(name) || RESERVED.has(name);
}

const RESERVED: ReadonlySet<string> = new Set([
  "=",
  "<",
  "<=",
  ">",
  ">=",
  "regex",
  "not-wildcard",
  "not-equals-ignore-case",
  "date-after",
  "date-on-or-after",
  "date-before",
  "date-on-or-before",
  "in-date-range",
  "ip-address-in-range",
  "ip-address-not-in-range",
]);

function readOperator(item: JsonNode, alternatives: Alternatives): void {
  const [name, operand] = onlyMember(item);
  const operator = OPERATORS.get(name);
  if (operator === undefined) throw new PatternError(`${name} is no operator`);
  operator(operand, alternatives);
}

/** Its operand is a text, or one inside of `{"equals-ignore-case": …}`. */
function affix(kind: "prefix" | "suffix", ignoringCase: TextKind): Operator {
  return (operand, alternatives) => {
    if (operand.kind !== "object") return alternatives.text(kind, textOf(kind, operand));
    const [inner, text] = onlyMember(operand);
    if (inner !== IGNORE_CASE) throw new PatternError(`${inner} is no part of ${kind}`);
    alternatives.text(ignoringCase, textOf(kind, text));
  };
}

const EXCLUDABLE: ReadonlySet<string> = new Set(["prefix", "suffix", IGNORE_CASE, "wildcard"]);

/** Texts or numbers, not both; or texts that one of the other operators takes. */
function exclusion(operand: JsonNode): ListTest {
  const excluded = new Alternatives();
  if (operand.kind !== "object") {
    const items = itemsOf(operand);
    const [kind] = new Set(items.map((item) => item.kind));
    if ((kind !== "text" && kind !== "number") || items.some((item) => item.kind !== kind)) {
      throw new PatternError("anything-but must be texts, or numbers");
    }
    for (const item of items) {
      if (item.kind === "number") excluded.number(numberOf("anything-but", item));
      else excluded.text("equals", textOf("anything-but", item));
    }
    return excluded.test();
  }
  const [name, values] = onlyMember(operand);
  if (!EXCLUDABLE.has(name)) throw new PatternError(`${name} is no part of anything-but`);
  const items = itemsOf(values);
  if (items.length === 0) throw new PatternError(`anything-but must exclude some ${name}`);
  for (const item of items) {
    const text = textOf(name, item);
    if (text === "" && (name === "prefix" || name === "suffix")) {
      throw new PatternError(`a ${name} that is no part of a text excludes all of them`);
    }
    excluded.text(name as TextKind, text);
  }
  return excluded.test();
}

function itemsOf(operand: JsonNode): readonly JsonNode[] {
  return operand.kind === "list" ? operand.items : [operand];
}

const LOWER: ReadonlyMap<string, Pick<NumberRange, "includesFrom">> = new Map([
  [">", { includesFrom: false }],
  [">=", { includesFrom: true }],
]);
const UPPER: ReadonlyMap<string, Pick<NumberRange, "includesTo">> = new Map([
  ["<", { includesTo: false }],
  ["<=", { includesTo: true }],
]);
const ALL_NUMBERS: NumberRange = {
  from: -Infinity,
  includesFrom: true,
  to: Infinity,
  includesTo: true,
};

/** `["=", 5]`, `[">", 5]`, or a range such as `[">", 5, "<=", 10]`. */
function numeric(operand: JsonNode, alternatives: Alternatives): void {
  const items = operand.kind === "list" ? operand.items : [];
  const [sign, bound, secondSign, secondBound] = items;
  if (items.length !== 2 && items.length !== 4) {
    throw new PatternError("numeric must be one comparison, or a range of two");
  }
  const value = numberOf("numeric", bound!);
  const signText = textOf("numeric", sign!);
  if (items.length === 2 && signText === "=") return alternatives.number(value);
  const lower = LOWER.get(signText);
  const upper = UPPER.get(items.length === 2 ? signText : textOf("numeric", secondSign!));
  if (items.length === 2) {
    if (lower) return alternatives.range({ ...ALL_NUMBERS, from: value, ...lower });
    if (upper) return alternatives.range({ ...ALL_NUMBERS, to: value, ...upper });
  } else if (lower && upper) {
    const to = numberOf("numeric", secondBound!);
    if (value >= to) throw new PatternError("the range of numeric is empty");
    return alternatives.range({ from: value, to, ...lower, ...upper });
  }
  throw new PatternError("numeric must be comparison signs and numbers in turn");
}

function exists(operand: JsonNode, alternatives: Alternatives): void {
  const isWord = operand.kind === "word" && operand.text !== "null";
  if (!isWord) throw new PatternError("exists must be true or false");
  alternatives.exists(operand.text === "true");
}

function cidr(operand: JsonNode, alternatives: Alternatives): void {
  const range = addressRange(textOf("cidr", operand));
  if (range === undefined) {
    throw new PatternError("cidr must be an address and its bits, such as 10.0.0.0/24");
  }
  alternatives.address(range);
}

function textOf(name: string, operand: JsonNode): string {
  if (operand.kind !== "text") throw new PatternError(`${name} must be a text`);
  return operand.text;
}

function numberOf(name: string, operand: JsonNode): number {
  const value = operand.kind === "number" ? comparableNumber(operand.text) : undefined;
  if (value === undefined) {
    throw new PatternError(`${name} must be a number that can be compared exactly`);
  }
  return value;
}

function globOf(text: string): TextTest {
  const glob = parseGlob(text);
  if (glob === undefined) {
    throw new PatternError("wildcard takes single asterisks, and a backslash before * and \\ only");
  }
  return glob;
}

type Cut = (text: string, length: number) => string;

const starting: Cut = (text, length) => text.slice(0, length);
const ending: Cut = (text, length) => text.slice(text.length - length);
const lower = (text: string): string => text.toLowerCase();

/** Whether a text begins, or ends, with one of several: one look for each length that they have. */
function cutTest(texts: readonly string[], cut: Cut, fold = (text: string) => text): TextTest {
  const byLength = Map.groupBy(texts, ({ length }) => length);
  const wanted = [...byLength].map(([length, same]) => ({ length, set: new Set(same.map(fold)) }));
  return (text) =>
    wanted.some(({ length, set }) => length <= text.length && set.has(fold(cut(text, length))));
}

function onlyMember(object: JsonNode): readonly [string, JsonNode] {
  const [member, ...rest] = object.kind === "object" ? object.members : [];
  if (member === undefined || rest.length > 0) {
    throw new PatternError("a comparison has one key");
  }
  return member;
}
