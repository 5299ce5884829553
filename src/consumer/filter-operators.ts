/**
 * The comparisons of a filter pattern: what may stand in a member's list beside plain values, each with one key, such as
 * `{ "numeric": [">", 5] }`. They are EventBridge's, of which Lambda offers a part.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
import { BlockList, isIP } from "node:net";

/** What a JSON path ends in. */
export type Leaf = string | number | boolean | null;

/** Of all leaves at a path; there are several where it leads through a list, and none where it leads nowhere. */
export type LeavesTest = (leaves: readonly Leaf[]) => boolean;

/** Its message says what is wrong with a pattern. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** The test that one element of a member's list stands for. */
export function leavesTest(element: unknown): LeavesTest {
  if (!isObject(element)) {
    const test = equals(element);
    return (leaves) => leaves.some(test);
  }
  const [name, operand] = onlyEntry(element);
  if (name === "exists") {
    if (typeof operand !== "boolean") throw new PatternError("exists must be true or false");
    return (leaves) => leaves.length > 0 === operand;
  }
  const operator = name === "anything-but" ? anythingBut : OPERATORS.get(name);
  if (operator === undefined) throw new PatternError(`${name} is no operator`);
  const test = operator(operand);
  return (leaves) => leaves.some(test);
}

type LeafTest = (leaf: Leaf) => boolean;
type Operator = (operand: unknown) => LeafTest;

const IGNORE_CASE = "equals-ignore-case";

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["prefix", ofText("prefix", (text, start) => text.startsWith(start))],
  ["suffix", ofText("suffix", (text, end) => text.endsWith(end))],
  [IGNORE_CASE, (operand) => ignoringCase(IGNORE_CASE, operand, (text, other) => text === other)],
  ["numeric", numeric],
  ["cidr", cidr],
]);

type TextTest = (text: string, operand: string) => boolean;

/** Its operand is a text, or one inside of `{"equals-ignore-case": …}`. */
function ofText(name: string, test: TextTest): Operator {
  return (operand) => {
    if (isObject(operand)) {
      const [inner, text] = onlyEntry(operand);
      if (inner !== IGNORE_CASE) throw new PatternError(`${inner} is no part of ${name}`);
      return ignoringCase(name, text, test);
    }
    const wanted = textOf(name, operand);
    return (leaf) => typeof leaf === "string" && test(leaf, wanted);
  };
}

function ignoringCase(name: string, operand: unknown, test: TextTest): LeafTest {
  const wanted = textOf(name, operand).toLowerCase();
  return (leaf) => typeof leaf === "string" && test(leaf.toLowerCase(), wanted);
}

/** Anything that is there: an absent member has no leaf to be tested. */
function anythingBut(operand: unknown): LeafTest {
  const [values, operator] = exclusion(operand);
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  if (list.length === 0) throw new PatternError("anything-but must not be empty");
  const excluded = list.map(operator);
  return (leaf) => !excluded.some((test) => test(leaf));
}

function exclusion(operand: unknown): readonly [unknown, Operator] {
  if (!isObject(operand)) return [operand, equals];
  const [name, values] = onlyEntry(operand);
  const operator = OPERATORS.get(name);
  if (operator === undefined || name === "cidr") {
    throw new PatternError(`${name} is no part of anything-but`);
  }
  return [values, operator];
}

const LOWER: ReadonlyMap<unknown, (value: number, bound: number) => boolean> = new Map([
  [">", (value, bound) => value > bound],
  [">=", (value, bound) => value >= bound],
]);
const UPPER: typeof LOWER = new Map([
  ["<", (value, bound) => value < bound],
  ["<=", (value, bound) => value <= bound],
]);
const ANY: typeof LOWER = new Map([...LOWER, ...UPPER, ["=", (value, bound) => value === bound]]);

/** `[">", 5]`, or a range such as `[">", 5, "<=", 10]`. */
function numeric(operand: unknown): LeafTest {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const [first, bound, second, otherBound] = list;
  const tests =
    list.length === 2
      ? [comparison(ANY, first, bound)]
      : [comparison(LOWER, first, bound), comparison(UPPER, second, otherBound)];
  if (list.length !== 2 && list.length !== 4) {
    throw new PatternError("numeric must be one comparison, or a range of two");
  }
  return (leaf) => typeof leaf === "number" && tests.every((test) => test(leaf));
}

function comparison(table: typeof LOWER, sign: unknown, bound: unknown) {
  const test = table.get(sign);
  if (test === undefined || typeof bound !== "number") {
    throw new PatternError("numeric must be comparison signs and numbers in turn");
  }
  return (value: number) => test(value, bound);
}

const FAMILIES = { 4: "ipv4", 6: "ipv6" } as const;

function cidr(operand: unknown): LeafTest {
  const [address = "", bits = "", ...rest] = textOf("cidr", operand).split("/");
  const version = isIP(address);
  const isRange = /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
  if ((version !== 4 && version !== 6) || !isRange || rest.length > 0) {
    throw new PatternError("cidr must be an address and its bits, such as 10.0.0.0/24");
  }
  const range = new BlockList();
  range.addSubnet(address, Number(bits), FAMILIES[version]);
  return (leaf) => typeof leaf === "string" && range.check(leaf, FAMILIES[version]);
}

function equals(value: unknown): LeafTest {
  if (typeof value === "object" && value !== null) {
    throw new PatternError("a list holds texts, numbers, true, false, null and comparisons");
  }
  return (leaf) => leaf === value;
}

function textOf(name: string, operand: unknown): string {
  if (typeof operand !== "string") throw new PatternError(`${name} must be a text`);
  return operand;
}

function onlyEntry(object: object): readonly [string, unknown] {
  const [entry, ...rest] = Object.entries(object) as [string, unknown][];
  if (entry === undefined || rest.length > 0) {
    throw new PatternError("a comparison has one key");
  }
  return entry;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
