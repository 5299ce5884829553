/**
 * Filter patterns and records that have much to do with each other: few names, few values, lists in lists. Both as
 * JSON text, so that numbers are written in several ways. Some patterns are none.
 */
import fc from "fast-check";

export interface FilterPair {
  /** Of the member `data`. */
  readonly pattern: string;
  /** What the record holds. */
  readonly data: string;
}

const name = fc.constantFrom("a", "a", "a", "b", "b", "b", "c", "a.b", "b.a");
const text = fc.constantFrom(
  "",
  "a",
  "ab",
  "abc",
  "b",
  "ba",
  "bab",
  "aB",
  "Ab",
  "*",
  "a*b",
  "a\\b",
  "é",
  "É",
  "🚲",
  "aéb",
  "10.0.0.7",
  "10.0.1.7",
  "2001:db8::7",
  "2001:0db8:0:0:0:0:0:7",
  "2001:db9::",
  "1",
  "true",
  "null",
);
const comparable = fc.constantFrom(
  "0",
  "-0",
  "1",
  "1.0",
  "1e0",
  "0.1e1",
  "2",
  "2.5",
  "25e-1",
  "10",
  "1e1",
  "-1",
  "-1.50",
  "300",
  "3.0e2",
  "0.1",
  "0.10",
);
const number = fc.oneof(
  { weight: 9, arbitrary: comparable },
  fc.constantFrom(
    "1234567890123456789",
    "1234567890123456788",
    "12345678901234567890",
    "1e400",
    "1e-400",
  ),
);
const word = fc.constantFrom("true", "false", "null");
const leaf = fc.oneof(
  { weight: 4, arbitrary: text.map(quoted) },
  { weight: 3, arbitrary: number },
  word,
);

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "large", withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    { weight: 4, arbitrary: tie("object") },
    { weight: 3, arbitrary: tie("list") },
  ),
  object: fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map(objectOf),
  list: fc.array(tie("value"), { maxLength: 4 }).map(listOf),
}));

const oneText = text.map(quoted);
const oneOrMore = (each: fc.Arbitrary<string>) =>
  fc.oneof(each, fc.array(each, { minLength: 1, maxLength: 3 }).map(listOf));
/** For what is refused if it is anything else. */
const mostly = (each: fc.Arbitrary<string>, other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 40, arbitrary: each }, other);
const glob = mostly(
  fc
    .array(fc.constantFrom("a", "b", "\\*", "\\\\", "é"), { maxLength: 3 })
    .chain((pieces) => fc.constantFrom("", "*").map((between) => pieces.join(between))),
  fc.constantFrom("a**b", "\\", "a\\b"),
).map(quoted);
const lower = fc.constantFrom('">"', '">="');
const upper = fc.constantFrom('"<"', '"<="');
/** The matcher takes numbers for addresses where a range goes across whole digits of the first half-byte. */
const cidr = mostly(
  fc.constantFrom("10.0.0.0/24", "10.0.0.7/31", "10.0.0.0/8", "2001:db8::/32", "2001:db8::/127"),
  fc.constantFrom("10.0.0.7/32", "10.0.0.7", "2001:db8::/128", "x/8", "10.0.0.0/8/8"),
);

/** It does not know the cases of what UTF-16 writes in two halves, and then takes each half for any other. */
const caseText = oneText.filter((inner) => !inner.includes("🚲"));
const ignoringCase = caseText.map((inner) => `{"equals-ignore-case":${inner}}`);
const operator = fc.oneof(
  fc.oneof(oneText, ignoringCase).map(operatorOf("prefix")),
  fc.oneof(oneText, ignoringCase).map(operatorOf("suffix")),
  mostly(caseText, number).map(operatorOf("equals-ignore-case")),
  glob.map(operatorOf("wildcard")),
  oneText.map(operatorOf("exactly")),
  oneOrMore(mostly(oneText, leaf)).map(operatorOf("anything-but")),
  oneOrMore(mostly(comparable, leaf)).map(operatorOf("anything-but")),
  fc
    .tuple(fc.constantFrom("prefix", "suffix", "equals-ignore-case"), oneOrMore(caseText))
    .map(([inner, texts]) => `{"anything-but":${operatorOf(inner)(texts)}}`),
  oneOrMore(glob).map((globs) => `{"anything-but":${operatorOf("wildcard")(globs)}}`),
  fc
    .tuple(fc.oneof(lower, upper, fc.constant('"="')), comparable)
    .map(listOf)
    .map(operatorOf("numeric")),
  fc.tuple(lower, number, upper, number).map(listOf).map(operatorOf("numeric")),
  fc.constantFrom("true", "false").map(operatorOf("exists")),
  cidr.map(quoted).map(operatorOf("cidr")),
);
/** What may stand at a path. */
export const filterCondition = fc
  .array(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: operator }), {
    minLength: 1,
    maxLength: 3,
  })
  .map(listOf);

const pattern = fc.letrec((tie) => ({
  pattern: fc.array(tie("member"), { minLength: 1, maxLength: 2 }).map(objectOf),
  member: fc.oneof(
    { maxDepth: 3 },
    { weight: 5, arbitrary: fc.tuple(name, filterCondition) },
    { weight: 4, arbitrary: fc.tuple(name, tie("pattern")) },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("pattern"), { minLength: 2, maxLength: 3 })
        .map((patterns) => ["$or", listOf(patterns)] as const),
    },
  ),
}));

export const filterData = value.value as fc.Arbitrary<string>;

export const filterPair: fc.Arbitrary<FilterPair> = fc.record({
  pattern: pattern.pattern,
  data: fc.oneof({ weight: 9, arbitrary: value.object }, value.list),
});

function quoted(inner: string): string {
  return JSON.stringify(inner);
}

function operatorOf(operatorName: string): (operand: string) => string {
  return (operand) => `{${quoted(operatorName)}:${operand}}`;
}

function objectOf(members: readonly unknown[]): string {
  return `{${(members as readonly [unknown, unknown][]).map(([key, inner]) => `${quoted(String(key))}:${String(inner)}`).join()}}`;
}

function listOf(items: readonly unknown[]): string {
  return `[${items.join()}]`;
}
