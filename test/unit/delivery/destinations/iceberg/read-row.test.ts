import { describe, expect, test } from "vitest";
import {
  type RowResult,
  rowReader,
} from "../../../../../src/delivery/destinations/iceberg/read-row.ts";
import { readSchema } from "../../../../../src/delivery/destinations/iceberg/types.ts";

function readerOf(type: unknown, required = false) {
  return rowReader(readSchema({ fields: [{ id: 1, name: "c", type, required }] }));
}

/** What a column of the type makes of a member's JSON. */
function read(type: unknown, json: string): RowResult {
  return readerOf(type).read(Buffer.from(`{"c":${json}}`));
}

const utf8 = (text: string) => Buffer.from(text);

describe("a column takes", () => {
  test.each<[unknown, string, unknown]>([
    ["boolean", "true", true],
    ["int", "-5", -5],
    ["int", "1e3", 1000],
    ["int", "2.0", 2],
    ["long", "9223372036854775807", 9_223_372_036_854_775_807n],
    ["long", '"-9223372036854775808"', -9_223_372_036_854_775_808n],
    ["float", "0.1", Math.fround(0.1)],
    ["double", "0.1", 0.1],
    ["double", '"NaN"', Number.NaN],
    ["double", '"-Infinity"', Number.NEGATIVE_INFINITY],
    ["decimal(10, 2)", "12.5", 1250n],
    ["decimal(10, 2)", '"12.50000"', 1250n],
    ["decimal(38,0)", "99999999999999999999999999999999999999", 10n ** 38n - 1n],
    ["string", '"ä\\n"', "ä\n"],
    ["date", '"2026-11-30"', 20_787],
    ["date", "20787", 20_787],
    ["time", '"01:02:03.5"', 3_723_500_000n],
    ["time", "0", 0n],
    ["timestamptz", '"2026-11-30T01:02:03.123456Z"', 1_796_000_523_123_456n],
    ["timestamptz", '"2026-11-30T02:02:03.123456+01:00"', 1_796_000_523_123_456n],
    ["timestamp", '"2026-11-30 01:02:03"', 1_796_000_523_000_000n],
    ["timestamp", '"1969-12-31T23:59:59.9999999"', -1n],
    ["timestamp", "1796000523123456", 1_796_000_523_123_456n],
    ["timestamp", '"1796000523123456"', 1_796_000_523_123_456n],
    ["binary", '"YWI="', utf8("ab")],
    ["binary", '"YWI"', utf8("ab")],
    ["binary", '"-_8="', Buffer.from([0xfb, 0xff])],
    ["binary", '"YW\\r\\nI="', utf8("ab")],
    ["binary", '"0x6162"', utf8("ab")],
    ["fixed[2]", '"YWI="', utf8("ab")],
    ["string", "null", null],
    [{ type: "list", "element-id": 2, element: "int" }, "[1,null]", [1, null]],
    [
      { type: "map", "key-id": 2, key: "int", "value-id": 3, value: "string" },
      '{"1":"a","2":null}',
      [
        [1, "a"],
        [2, null],
      ],
    ],
    [{ type: "struct", fields: [{ id: 2, name: "x", type: "int" }] }, '{"X":1,"more":[]}', [1]],
  ])("%j: %s", (type, json, expected) => {
    expect(read(type, json)).toEqual({ kind: "row", row: [expected] });
  });

  test("a UUID as its bytes", () => {
    const text = "f79c3e09-677c-4bbd-a479-3f349cb785e7";
    const expected = Buffer.from(text.replaceAll("-", ""), "hex");
    const result = read("uuid", `"${text}"`);
    expect(result.kind === "row" && Buffer.from(result.row[0] as Uint8Array)).toEqual(expected);
  });
});

describe("a column does not take", () => {
  test.each<[unknown, string]>([
    ["boolean", '"true"'],
    ["int", "2147483648"],
    ["int", "1.5"],
    ["int", '"1"'],
    ["long", "9223372036854775808"],
    ["float", "1e39"],
    ["double", '"1"'],
    ["decimal(4,2)", "1.005"],
    ["decimal(4,2)", "100"],
    ["string", "1"],
    ["string", "{}"],
    ["date", '"2026-13-01"'],
    ["time", '"25:00"'],
    ["time", "86400000000"],
    ["timestamp", '"tomorrow"'],
    ["timestamp", '"2026"'],
    ["uuid", '"f79c3e09"'],
    ["binary", '"a"'],
    ["binary", '"=="'],
    ["fixed[3]", '"YWI="'],
    [{ type: "list", "element-id": 2, element: "int" }, "1"],
    [{ type: "list", "element-id": 2, element: "int" }, '["x"]'],
    [{ type: "map", "key-id": 2, key: "int", "value-id": 3, value: "int" }, '{"x":1}'],
    [{ type: "struct", fields: [{ id: 2, name: "x", type: "int" }] }, "[]"],
  ])("%j: %s", (type, json) => {
    const result = read(type, json);
    expect(result).toMatchObject({
      kind: "failed",
      error: { errorCode: "Iceberg.IncompatibleType" },
    });
  });

  test("null where a value is required, also within others", () => {
    const failed = { kind: "failed", error: { errorCode: "Iceberg.MissingColumnWithinRecord" } };
    expect(readerOf("int", true).read(Buffer.from('{"c":null}'))).toMatchObject(failed);
    const list = { type: "list", "element-id": 2, element: "int", "element-required": true };
    expect(read(list, "[null]")).toMatchObject(failed);
  });

  test("and says what is wrong without the value", () => {
    expect(read("int", '"secret"')).toEqual({
      kind: "failed",
      error: {
        errorCode: "Iceberg.IncompatibleType",
        errorMessage:
          "The value of c does not fit its column: it must be a whole number, got a text.",
      },
    });
  });
});

test("names are found as written first, then whatever their case; the last of several counts", () => {
  const reader = rowReader(
    readSchema({
      fields: [
        { id: 1, name: "a", type: "int" },
        { id: 2, name: "A", type: "int" },
        { id: 3, name: "Name", type: "int" },
      ],
    }),
  );
  expect(reader.read(Buffer.from('{"A":1,"a":2,"nAME":3,"NAME":4}'))).toEqual({
    kind: "row",
    row: [2, 1, 4],
  });
});

test("of a deletion nothing but its keys must fit", () => {
  const schema = readSchema({
    fields: [
      { id: 1, name: "id", type: "int", required: true },
      { id: 2, name: "other", type: "int", required: true },
    ],
  });
  const read1 = rowReader(schema, new Set([1])).read(Buffer.from('{"id":1,"other":"x"}'));
  expect(read1).toEqual({ kind: "row", row: [1, null] });
});
