import { describe, expect, it } from "vitest";
import { matches, parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import type { ConsumerRecord } from "../../../src/consumer/record.ts";

const RECORD: ConsumerRecord = {
  position: { blockIndex: 0, position: 0 },
  arrivedAtMs: 1_545_084_650_987,
  sequenceNumber: "4959",
  partitionKey: "device-7",
  data: new Uint8Array(),
};

function wants(patterns: readonly unknown[], data: unknown): boolean {
  const parsed = patterns.map((pattern) => {
    const result = parseFilterPattern(JSON.stringify(pattern));
    if ("error" in result) throw new Error(result.error);
    return result;
  });
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return matches(parsed, { ...RECORD, data: Buffer.from(text) });
}

/** Of one member of the data. */
const matching = (list: readonly unknown[], value: unknown) =>
  wants([{ data: { a: list } }], value === undefined ? {} : { a: value });

describe.each<readonly [list: readonly unknown[], yes: readonly unknown[], no: readonly unknown[]]>(
  [
    [
      ["x", "y"],
      ["x", "y", ["z", "x"]],
      ["z", "X", "", null, 1, undefined, ["z"], [], { x: 1 }],
    ],
    [[""], [""], ["x", null, undefined]],
    [[null], [null], ["null", 0, "", undefined]],
    [
      [3, true],
      [3, true, 3.0],
      ["3", false, "true", 4],
    ],
    [[{ exists: true }], ["x", null, false, ["x"]], [undefined, [], { b: 1 }]],
    [[{ exists: false }], [undefined, [], { b: 1 }], ["x", null, false]],
    [[{ prefix: "ab" }], ["ab", "abc"], ["cab", "AB", 3, null, undefined]],
    [[{ prefix: { "equals-ignore-case": "aB" } }], ["ABc", "abc"], ["cab"]],
    [[{ suffix: "ab" }], ["ab", "cab"], ["abc", "AB", 3, undefined]],
    [[{ suffix: { "equals-ignore-case": "aB" } }], ["cAB"], ["abc"]],
    [[{ "equals-ignore-case": "Ab" }], ["AB", "ab"], ["abc", 3, undefined]],
    [[{ "anything-but": "x" }], ["y", null, 3, ["x", "y"]], ["x", ["x"], undefined]],
    [[{ "anything-but": ["x", 3] }], ["y", 4, "3"], ["x", 3, undefined]],
    [[{ "anything-but": { prefix: "ab" } }], ["cab"], ["ab", "abc", undefined]],
    [[{ "anything-but": { suffix: ["ab", "cd"] } }], ["abc"], ["ab", "cd"]],
    [[{ "anything-but": { "equals-ignore-case": ["x", "y"] } }], ["z"], ["X", "y"]],
    [[{ numeric: ["=", 5] }], [5], [4, "5", undefined]],
    [[{ numeric: [">", 5] }], [6, 5.1], [5, 4, "6"]],
    [[{ numeric: ["<", 5] }], [4], [5, 6]],
    [[{ numeric: [">=", 5, "<", 10] }], [5, 9.9], [4, 10]],
    [[{ numeric: [">", 5, "<=", 10] }], [6, 10], [5, 11]],
    [[{ cidr: "10.0.0.0/24" }], ["10.0.0.7"], ["10.0.1.7", "ten", "::1", 10, undefined]],
    [[{ cidr: "2001:db8::/32" }], ["2001:db8::7"], ["2001:db9::7", "10.0.0.7"]],
    [
      ["x", { exists: false }, { prefix: "y" }],
      ["x", undefined, "yy"],
      ["z", 3],
    ],
  ],
)("%j", (list, yes, no) => {
  it.each(yes.map((value) => [value]))("matches %j", (value) => {
    expect(matching(list, value)).toBe(true);
  });
  it.each(no.map((value) => [value]))("does not match %j", (value) => {
    expect(matching(list, value)).toBe(false);
  });
});

describe("a pattern", () => {
  it("wants all its members to match", () => {
    const pattern = { data: { a: ["x"], b: { c: [{ numeric: [">", 0] }] } } };
    expect(wants([pattern], { a: "x", b: { c: 1 }, d: 0 })).toBe(true);
    expect(wants([pattern], { a: "x", b: { c: 0 } })).toBe(false);
    expect(wants([pattern], { a: "y", b: { c: 1 } })).toBe(false);
    expect(wants([pattern], { a: "x", b: 1 })).toBe(false);
    expect(wants([pattern], { a: "x" })).toBe(false);
  });

  it("matches an element of a list as a whole", () => {
    const pattern = { data: { items: { kind: ["a"], size: [1] } } };
    expect(wants([pattern], { items: [{ kind: "b" }, { kind: "a", size: 1 }] })).toBe(true);
    expect(wants([pattern], { items: [{ kind: "a" }, { kind: "b", size: 1 }] })).toBe(false);
  });

  it("takes one of its alternatives, beside the other members", () => {
    const pattern = { data: { a: ["x"], $or: [{ b: [1] }, { c: [2], d: [3] }] } };
    expect(wants([pattern], { a: "x", b: 1 })).toBe(true);
    expect(wants([pattern], { a: "x", c: 2, d: 3 })).toBe(true);
    expect(wants([pattern], { a: "x", c: 2 })).toBe(false);
    expect(wants([pattern], { a: "y", b: 1 })).toBe(false);
  });

  it("takes one of its alternatives around the data, too", () => {
    const pattern = { $or: [{ data: { a: ["x"] } }, { partitionKey: ["other"] }] };
    expect(wants([pattern], { a: "x" })).toBe(true);
    expect(wants([pattern], { a: "y" })).toBe(false);
    expect(wants([pattern], "no JSON")).toBe(false);
    const nested = { $or: [{ partitionKey: ["other"] }, { $or: [{ data: { a: ["x"] } }] }] };
    expect(wants([nested], { a: "x" })).toBe(true);
  });

  it("sees that a member is not there where its object is not", () => {
    expect(wants([{ data: { a: { b: [{ exists: false }] } } }], {})).toBe(true);
    expect(wants([{ data: { a: { b: [{ exists: false }] } } }], { a: [] })).toBe(true);
  });

  it("takes no member from what every object has", () => {
    expect(wants([{ data: { constructor: [{ exists: false }] } }], {})).toBe(true);
  });

  it.each([
    { partitionKey: [{ prefix: "device-" }] },
    { sequenceNumber: ["4959"] },
    { approximateArrivalTimestamp: [{ numeric: ["=", 1545084650.987] }] },
    { kinesisSchemaVersion: ["1.0"] },
    { partitionKey: ["device-7"], data: { a: [1] } },
  ])("sees the record's own members: %j", (pattern) => {
    expect(wants([pattern], { a: 1 })).toBe(true);
    const refused = Object.fromEntries(
      Object.keys(pattern).map((name) => [name, name === "data" ? { a: [2] } : ["other"]]),
    );
    expect(wants([refused], { a: 1 })).toBe(false);
  });
});

describe("a record", () => {
  it("is wanted where nothing is said, whatever it holds", () => {
    expect(wants([], "no JSON")).toBe(true);
  });

  it("is wanted if it matches one of several patterns", () => {
    const patterns = [{ data: { a: [1] } }, { data: { a: [2] } }, { partitionKey: ["other"] }];
    expect(wants(patterns, { a: 2 })).toBe(true);
    expect(wants(patterns, { a: 3 })).toBe(false);
  });

  it("that holds no JSON is not wanted where its data matters", () => {
    expect(wants([{ data: { a: [{ exists: false }] } }], "no JSON")).toBe(false);
    expect(wants([{ data: { a: [1] } }, { partitionKey: ["device-7"] }], "no JSON")).toBe(true);
    const alternatives = (first: object) => ({
      $or: [first, { data: { a: [{ exists: false }] } }],
    });
    expect(wants([alternatives({ partitionKey: ["other"] })], "no JSON")).toBe(false);
    expect(wants([alternatives({ partitionKey: ["device-7"] })], "no JSON")).toBe(true);
  });

  it("is read where it lies in a block", () => {
    const pattern = parseFilterPattern('{"data":{"a":[1]}}');
    if ("error" in pattern) throw new Error(pattern.error);
    const data = Buffer.from('xx{"a":1}yy').subarray(2, 9);
    expect(matches([pattern], { ...RECORD, data })).toBe(true);
  });
});

it.each([
  "",
  "no JSON",
  '"text"',
  "[]",
  "null",
  "{}",
  '{"data":"text"}',
  '{"data":["text"]}',
  '{"data":{}}',
  '{"data":{"a":"x"}}',
  '{"data":{"a":[]}}',
  '{"data":{"a":{}}}',
  '{"data":{"a":[["x"]]}}',
  '{"data":{"a":[{}]}}',
  '{"data":{"a":[{"prefix":"x","suffix":"y"}]}}',
  '{"data":{"a":[{"starts-with":"x"}]}}',
  '{"data":{"a":[{"constructor":"x"}]}}',
  '{"data":{"a":[{"prefix":1}]}}',
  '{"data":{"a":[{"prefix":{"suffix":"x"}}]}}',
  '{"data":{"a":[{"equals-ignore-case":["x"]}]}}',
  '{"data":{"a":[{"exists":"yes"}]}}',
  '{"data":{"a":[{"anything-but":[]}]}}',
  '{"data":{"a":[{"anything-but":[["x"]]}]}}',
  '{"data":{"a":[{"anything-but":{"numeric":["=",1]}}]}}',
  '{"data":{"a":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}}',
  '{"data":{"a":[{"numeric":">5"}]}}',
  '{"data":{"a":[{"numeric":[">"]}]}}',
  '{"data":{"a":[{"numeric":["~",5]}]}}',
  '{"data":{"a":[{"numeric":[">","5"]}]}}',
  '{"data":{"a":[{"numeric":["<",5,">",1]}]}}',
  '{"data":{"a":[{"numeric":[">",5,"<"]}]}}',
  '{"data":{"a":[{"numeric":[">",1,"<",5,"=",3]}]}}',
  '{"data":{"a":[{"cidr":"10.0.0.0"}]}}',
  '{"data":{"a":[{"cidr":"10.0.0.0/33"}]}}',
  '{"data":{"a":[{"cidr":"ten/8"}]}}',
  '{"data":{"a":[{"cidr":"10.0.0.0/8/8"}]}}',
  '{"$or":[{"data":["x"]},{"partitionKey":["k"]}]}',
  '{"data":{"$or":{"a":[1]}}}',
  '{"data":{"$or":[]}}',
  '{"data":{"$or":[{"a":[1]},"b"]}}',
])("%s is no pattern", (text) => {
  const { error } = parseFilterPattern(text) as { readonly error?: string };
  expect(error).toMatch(/\w/);
});
