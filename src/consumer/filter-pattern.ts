/**
 * Filter criteria of a mapping. A pattern has the record's own shape, with `data` as the JSON that the record holds and
 * lists of what may stand at each place: all members must match, and within a list any element. Of several patterns
 * one is enough.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
 */
import {
  isObject,
  type Leaf,
  type LeavesTest,
  leavesTest,
  PatternError,
} from "./filter-operators.ts";
import type { ConsumerRecord } from "./record.ts";

export interface FilterPattern {
  readonly matches: Test<SeenRecord>;
}

/** A record as patterns see it. */
interface SeenRecord {
  readonly members: Readonly<Record<string, unknown>>;
  /** Its JSON; `undefined` for data that is none, which no pattern of data wants. */
  readonly data: () => unknown;
}

type Pattern = Readonly<Record<string, unknown>>;
type Test<Value> = (value: Value) => boolean;
type ValueTest = Test<unknown>;

/** Of a pattern's text; or what is wrong with it. */
export function parseFilterPattern(text: string): FilterPattern | { readonly error: string } {
  try {
    const pattern = JSON.parse(text) as unknown;
    if (!isObject(pattern)) throw new PatternError("a pattern is a JSON object");
    return { matches: recordTest(pattern) };
  } catch (error) {
    if (error instanceof PatternError) return { error: error.message };
    if (error instanceof SyntaxError) return { error: "a pattern is a JSON object" };
    throw error;
  }
}

/** Whether the record is wanted: where there are patterns, it matches one. */
export function matches(patterns: readonly FilterPattern[], record: ConsumerRecord): boolean {
  if (patterns.length === 0) return true;
  const members = {
    kinesisSchemaVersion: "1.0",
    partitionKey: record.partitionKey,
    sequenceNumber: record.sequenceNumber,
    approximateArrivalTimestamp: record.arrivedAtMs / 1000,
  };
  let parsed: { readonly data: unknown } | undefined;
  const data = () => (parsed ??= { data: parseData(record.data) }).data;
  return patterns.some((pattern) => pattern.matches({ members, data }));
}

function parseData({ buffer, byteOffset, length }: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, length).toString());
  } catch {
    return undefined;
  }
}

/** The outermost members, where `data` stands for what the record holds. */
function recordTest(pattern: Pattern): Test<SeenRecord> {
  return allOf(pattern, recordTest, (name, inner) => {
    if (name !== "data") {
      const test = memberTest(name, inner);
      return ({ members }) => test(members);
    }
    if (!isObject(inner)) throw new PatternError("data must be an object");
    const test = objectTest(inner);
    return ({ data }) => data() !== undefined && test(data());
  });
}

function objectTest(pattern: Pattern): ValueTest {
  const test = allOf(pattern, objectTest, memberTest);
  // Of a list, one element has to match in all its members.
  return (value) =>
    Array.isArray(value) && value.length > 0 ? value.some((each) => test(each)) : test(value);
}

/** All members of a pattern, its alternatives among them. */
function allOf<Value>(
  pattern: Pattern,
  alternative: (pattern: Pattern) => Test<Value>,
  member: (name: string, inner: unknown) => Test<Value>,
): Test<Value> {
  const tests = Object.entries(pattern).map(([name, inner]) =>
    name === "$or" ? orTest(inner, alternative) : member(name, inner),
  );
  if (tests.length === 0) throw new PatternError("a pattern must not be empty");
  return (value) => tests.every((test) => test(value));
}

function orTest<Value>(
  patterns: unknown,
  alternative: (pattern: Pattern) => Test<Value>,
): Test<Value> {
  if (!Array.isArray(patterns) || patterns.length === 0 || !patterns.every(isObject)) {
    throw new PatternError("$or must be a list of patterns");
  }
  const tests = patterns.map(alternative);
  return (value) => tests.some((test) => test(value));
}

function memberTest(name: string, pattern: unknown): ValueTest {
  const member = (value: unknown) =>
    isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (isObject(pattern)) {
    const test = objectTest(pattern);
    return (value) => test(member(value));
  }
  if (!Array.isArray(pattern) || pattern.length === 0) {
    throw new PatternError(`${name} must be an object, or a list of what it may be`);
  }
  const tests: readonly LeavesTest[] = pattern.map(leavesTest);
  return (value) => {
    const leaves = leavesOf(member(value));
    return tests.some((test) => test(leaves));
  };
}

/** A producer may nest lists as deeply as it likes, hence no recursion. */
function leavesOf(value: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const ahead = [value];
  while (ahead.length > 0) {
    const next = ahead.pop();
    if (Array.isArray(next)) for (const each of next) ahead.push(each);
    // Objects are places on the way, even to `exists`.
    else if (next !== undefined && !isObject(next)) leaves.push(next as Leaf);
  }
  return leaves;
}
