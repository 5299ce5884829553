import { describe, expect, it } from "vitest";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
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
  return new RecordFilter(parsed).judge({ ...RECORD, data: Buffer.from(text) }).isWanted;
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
    [[{ "anything-but": ["x", "3"] }], ["y", 3], ["x", "3", undefined]],
    [[{ "anything-but": [1, 3] }], ["y", 4, "3"], [1, 3, undefined]],
    [[{ "anything-but": { wildcard: "*.log" } }], ["a.txt", 3], ["a.log", ".log", undefined]],
    [[{ wildcard: "a*b*c" }], ["abc", "axbxc", "abbcc"], ["ab", "abcd", "xabc", 3, undefined]],
    [[{ wildcard: "ab*ba" }], ["abba", "abxba"], ["aba"]],
    [[{ wildcard: "a\\*\\\\b" }], ["a*\\b"], ["ax\\b"]],
    [[{ exactly: "10.0.0.1" }], ["10.0.0.1"], ["10.0.0.2"]],
    [["2001:db8::7"], ["2001:0db8:0:0:0:0:0:7"], ["2001:db8::8"]],
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

  it("sees what lists within lists hold", () => {
    const pattern = { data: { rows: { x: [1] } } };
    expect(wants([pattern], { rows: [[{ x: 1 }]] })).toBe(true);
    expect(wants([pattern], { rows: [[], [[{ y: 1 }, [{ x: [[2], 1] }]]]] })).toBe(true);
    expect(wants([pattern], { rows: [[{ x: 2 }]] })).toBe(false);
    expect(wants([{ data: { rows: [1] } }], { rows: [[2, [[1]]]] })).toBe(true);
  });

  it("wants nothing of a member that it must not find, in any element", () => {
    const pattern = { data: { items: { discount: [{ exists: false }] } } };
    expect(wants([pattern], { items: [{ discount: 1 }, { sku: 2 }] })).toBe(false);
    expect(wants([pattern], { items: [{ sku: 1 }, { sku: 2 }] })).toBe(true);
  });

  it("looks for what must be absent in the element that other members are of, if their names come before", () => {
    const data = { items: [{ discount: 1 }, { sku: 2, code: 3 }] };
    const without = { discount: [{ exists: false }] };
    expect(wants([{ data: { items: { code: [3], ...without } } }], data)).toBe(true);
    expect(wants([{ data: { items: { sku: [2], ...without } } }], data)).toBe(false);
  });

  it("takes a name with dots for the members on the way", () => {
    for (const pattern of [{ "http.status": [200] }, { http: { status: [200] } }]) {
      expect(wants([{ data: pattern }], { "http.status": 200 })).toBe(true);
      expect(wants([{ data: pattern }], { http: { status: 200 } })).toBe(true);
      expect(wants([{ data: pattern }], { http: [{ status: 200 }] })).toBe(true);
      expect(wants([{ data: pattern }], { http: { "status.": 200 } })).toBe(false);
    }
    expect(wants([{ "data.a": [1] }], { a: 1 })).toBe(true);
  });

  it("lets a path that it names again be what it is the last time", () => {
    const pattern = { data: { "a.b": [1], a: { b: [2] } } };
    expect(wants([pattern], { a: { b: 2 } })).toBe(true);
    expect(wants([pattern], { a: { b: 1 } })).toBe(false);
  });

  it("compares numbers as numbers, and those that a double cannot hold by their digits", () => {
    expect(wants([{ data: { a: [300] } }], '{"a":3.0e2}')).toBe(true);
    const long = (id: string) => `{"data":{"a":[${id}]}}`;
    const parsed = parseFilterPattern(long("1234567890123456789"));
    if ("error" in parsed) throw new Error(parsed.error);
    const filter = new RecordFilter([parsed]);
    const judge = (id: string) => filter.judge({ ...RECORD, data: Buffer.from(`{"a":${id}}`) });
    expect(judge("1234567890123456789").isWanted).toBe(true);
    expect(judge("1234567890123456788").isWanted).toBe(false);
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
    const inner = { $or: [{ data: { a: ["x"] } }, { partitionKey: ["third"] }] };
    const nested = { $or: [{ partitionKey: ["other"] }, inner] };
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
    expect(new RecordFilter([pattern]).judge({ ...RECORD, data }).isWanted).toBe(true);
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
  '{"data":{"a":[{"anything-but":null}]}}',
  '{"data":{"a":[{"anything-but":true}]}}',
  '{"data":{"a":[{"anything-but":["x",null]}]}}',
  '{"data":{"a":[{"anything-but":[false]}]}}',
  '{"data":{"a":[{"anything-but":["x",3]}]}}',
  '{"data":{"a":[{"anything-but":[1234567890123456789]}]}}',
  '{"data":{"a":[{"anything-but":{"prefix":""}}]}}',
  '{"data":{"a":[{"anything-but":{"suffix":["x",""]}}]}}',
  '{"data":{"a":[{"anything-but":{"wildcard":[]}}]}}',
  '{"data":{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}}',
  '{"data":{"a":[{"wildcard":"a**b"}]}}',
  '{"data":{"a":[{"wildcard":"a\\\\b"}]}}',
  '{"data":{"a":[{"wildcard":1}]}}',
  '{"data":{"a":[{"numeric":[">",5,"<",5]}]}}',
  '{"data":{"a":[{"numeric":[">=",5,"<=",5]}]}}',
  '{"data":{"a":[{"numeric":[">",5,"<",4]}]}}',
  '{"data":{"a":[{"numeric":["=",5,"<",6]}]}}',
  '{"data":{"a":[{"numeric":[">",1e400]}]}}',
  '{"data":{"a":[{"exists":null}]}}',
  '{"data":{"a":[{"cidr":"10.0.0.7/32"}]}}',
  '{"data":{"$or":[{"a":[1]}]}}',
  '{"data":{"$or":[{"a":[1]},{"prefix":["x"]}]}}',
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
