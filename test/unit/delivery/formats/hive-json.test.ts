import { describe, expect, test } from "vitest";
import { hiveReader } from "../../../../src/delivery/formats/hive-json.ts";
import { readSchema } from "../../../../src/delivery/formats/schema.ts";
import { spelledRow, tableColumns } from "../../../helpers/serde-cases.ts";

function row(columns: string, record: string, timestampFormats: readonly string[] = []): unknown {
  const result = readSchema(tableColumns(columns));
  if (result.kind === "invalid") throw new Error(result.errorMessage);
  const found = hiveReader(result.schema, { timestampFormats }).read(Buffer.from(record));
  if (found.kind === "rows") return spelledRow(found.rows[0]!, result.schema);
  return `${found.errorCode.replace("DataFormatConversion.", "")}: ${found.errorMessage}`;
}

describe("what was seen at AWS", () => {
  test.each([
    [
      "a:array<int>",
      '{"a":5}',
      "Data does not match the schema. java.io.IOException: Start of Array expected",
    ],
    [
      "a:struct<x:int>",
      '{"a":[1]}',
      "Data does not match the schema. java.io.IOException: Start of Object expected",
    ],
    [
      "a:int",
      '{"a":"12"}',
      "Data does not match the schema. Current token (VALUE_STRING) not numeric, can not use numeric value accessors",
    ],
    [
      "a:string",
      '{"a":{"x":1}}',
      "One or more fields have incorrect format. Exception when validating field (root)",
    ],
    [
      "a:string",
      '{"a":[1]}',
      "One or more fields have incorrect format. Exception when validating field (root)",
    ],
    ["a:int", "", "The record was empty or contained only whitespace."],
  ])("%s from %s fails", (columns, record, message) => {
    expect(row(columns, record)).toBe(`MalformedData: ${message}`);
  });

  test("a number in a text column is written as it stood, keys of maps keep their case", () => {
    expect(row("a:string,m:map<string,int>", '{"A":1.50,"M":{"Kk":1}}')).toEqual({
      a: "1.50",
      m: { Kk: 1 },
    });
  });
});

describe("values", () => {
  test.each([
    ["a:tinyint", "300", "Numeric value (300) out of range of Java byte"],
    ["a:smallint", "40000", "Numeric value (40000) out of range of Java short"],
    ["a:int", "2147483648", "Numeric value (2147483648) out of range of int"],
    ["a:int", "1e10", "Numeric value (1e10) out of range of int"],
    [
      "a:bigint",
      "9223372036854775808",
      "Numeric value (9223372036854775808) out of range of long (-9223372036854775808 - 9223372036854775807)",
    ],
    [
      "a:bigint",
      "1e400",
      "Numeric value (1e400) out of range of long (-9223372036854775808 - 9223372036854775807)",
    ],
    [
      "a:double",
      "true",
      "Current token (VALUE_TRUE) not numeric, can not use numeric value accessors",
    ],
    [
      "a:float",
      "[1]",
      "Current token (START_ARRAY) not numeric, can not use numeric value accessors",
    ],
    [
      "a:double",
      "{}",
      "Current token (START_OBJECT) not numeric, can not use numeric value accessors",
    ],
    ["a:binary", '"aGk="', "java.io.IOException: JsonSerDe does not support BINARY type"],
    ["a:date", '"2026-1-32"', "java.lang.IllegalArgumentException"],
    [
      "a:timestamp",
      '"2026-11-30T01:02:03Z"',
      "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]",
    ],
    ["a:map<int,int>", '{"one":1}', 'For input string: "one"'],
    ["a:map<int,int>", '{"0x1":1}', 'For input string: "0x1"'],
    ["a:map<string,int>", "[1]", "java.io.IOException: Start of Object expected"],
  ])("%s refuses %s", (columns, written, detail) => {
    expect(row(columns, `{"a":${written}}`)).toBe(
      `MalformedData: Data does not match the schema. ${detail}`,
    );
  });

  test.each([
    ["a:tinyint", "200", { a: -56 }],
    ["a:int", "-2.9", { a: -2 }],
    ["a:int", "-0.5", { a: 0 }],
    ["a:bigint", "1e3", { a: { bigint: "1000" } }],
    ["a:string", "true", { a: "true" }],
    ["a:boolean", '"TRUE"', { a: true }],
    ["a:decimal(4,1)", '"12.25"', { a: { decimal: "12.3" } }],
    ["a:map<boolean,int>", '{"true":1,"x":2}', { a: { true: 1, false: 2 } }],
    ["a:map<timestamp,int>", '{"2026-11-30 01:02:03":1}', { a: { "2026-11-30 01:02:03": 1 } }],
    ["a:array<struct<B:int>>", '[{"b":1},null]', { a: [{ B: 1 }, null] }],
  ])("%s takes %s", (columns, written, expected) => {
    expect(row(columns, `{"a":${written}}`)).toEqual(expected);
  });

  test("each of equal names must fit, the last one counts", () => {
    expect(row("a:int", '{"a":1,"A":2}')).toEqual({ a: 2 });
    expect(row("a:int", '{"a":"x","A":2}')).toMatch("VALUE_STRING");
  });
});

test("formats are tried in their order, and the general form last", () => {
  const formats = ["yyyy/MM/dd HH:mm", "millis"];
  const read = (written: string) => row("a:timestamp", `{"a":${written}}`, formats);
  expect(read('"2026/11/30 01:02"')).toEqual({ a: { timestamp: "2026-11-30 01:02:00" } });
  expect(read("1764464523456")).toEqual({ a: { timestamp: "2025-11-30 01:02:03.456" } });
  expect(read('"2026-11-30 01:02:03.5"')).toEqual({ a: { timestamp: "2026-11-30 01:02:03.5" } });
  expect(read('"soon"')).toMatch("Timestamp format must be");
});
