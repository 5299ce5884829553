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
  /** Looks into the data; a record whose data is no JSON is not wanted then. */
  readonly usesData: boolean;
  readonly matches: ValueTest;
}

type ValueTest = (value: unknown) => boolean;

/** Of a pattern's text; or what is wrong with it. */
export function parseFilterPattern(text: string): FilterPattern | { readonly error: string } {
  try {
    const pattern = JSON.parse(text) as unknown;
    if (!isObject(pattern)) throw new PatternError("a pattern is a JSON object");
    const usesData = Object.hasOwn(pattern, "data");
    if (usesData && !isObject(pattern["data"])) throw new PatternError("data must be an object");
    return { usesData, matches: objectTest(pattern) };
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
  if (patterns.some((pattern) => !pattern.usesData && pattern.matches(members))) return true;
  const ofData = patterns.filter(({ usesData }) => usesData);
  const data = ofData.length > 0 ? parseData(record.data) : undefined;
  return data !== undefined && ofData.some((pattern) => pattern.matches({ ...members, data }));
}

function parseData({ buffer, byteOffset, length }: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, length).toString());
  } catch {
    return undefined;
  }
}

function objectTest(pattern: Readonly<Record<string, unknown>>): ValueTest {
  const tests = Object.entries(pattern).map(([name, inner]) =>
    name === "$or" ? orTest(inner) : memberTest(name, inner),
  );
  if (tests.length === 0) throw new PatternError("a pattern must not be empty");
  const test: ValueTest = (value) => tests.every((each) => each(value));
  // Of a list, one element has to match in all its members.
  return (value) =>
    Array.isArray(value) && value.length > 0 ? value.some((each) => test(each)) : test(value);
}

function orTest(patterns: unknown): ValueTest {
  if (!Array.isArray(patterns) || patterns.length === 0 || !patterns.every(isObject)) {
    throw new PatternError("$or must be a list of patterns");
  }
  const tests = patterns.map(objectTest);
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
