import { describe, expect, test } from "vitest";
import {
  OPENX_DEFAULTS,
  type OpenXOptions,
  openXReader,
} from "../../../../src/delivery/formats/openx-json.ts";
import type { ReadResult } from "../../../../src/delivery/formats/record-reader.ts";
import { readSchema } from "../../../../src/delivery/formats/schema.ts";
import { spelledRow, tableColumns } from "../../../helpers/serde-cases.ts";

function read(columns: string, record: string, options: Partial<OpenXOptions> = {}): ReadResult {
  const result = readSchema(tableColumns(columns));
  if (result.kind === "invalid") throw new Error(result.errorMessage);
  return openXReader(result.schema, { ...OPENX_DEFAULTS, ...options }).read(Buffer.from(record));
}

function row(columns: string, record: string, options: Partial<OpenXOptions> = {}): unknown {
  const result = readSchema(tableColumns(columns));
  const found = read(columns, record, options);
  if (result.kind === "invalid" || found.kind === "failed") return found;
  return spelledRow(found.rows[0]!, result.schema);
}

function failure(columns: string, record: string): string {
  const result = read(columns, record);
  if (result.kind === "rows") return "none";
  return `${result.errorCode.replace("DataFormatConversion.", "")}: ${result.errorMessage}`;
}

describe("what was seen at AWS", () => {
  test.each([
    [
      "price:double",
      '{"price":"oops"}',
      'MalformedData: Data does not match the schema. For input string: "oops"',
    ],
    [
      "person:struct<a:int>",
      '{"person":42}',
      "MalformedData: Data does not match the schema. Data is not JSONObject  but java.lang.Long with value 42",
    ],
    ["a:int", " \n", "MalformedData: The record was empty or contained only whitespace."],
    [
      "a:int",
      "5",
      "MalformedData: The input JSON contained a primitive at the top level. The top level must be an object or array.",
    ],
  ])("%s from %s fails", (columns, record, message) => {
    expect(failure(columns, record)).toBe(message);
  });

  test("what is no JSON is a parse error, behind a good document, too", () => {
    expect(failure("a:int", "this is not json")).toMatch(
      /^ParseError: Encountered malformed JSON\. Unrecognized token 'this'/,
    );
    expect(failure("a:int", '{"a":1} and then some')).toMatch(/^ParseError/);
  });

  test.each([
    ["1518033528", "2018-02-07 19:58:48"],
    ["1518033528123", "2018-02-07 19:58:48.123"],
    ["1000000000000", "2001-09-09 01:46:40"],
    ["1518033528.123", "2018-02-07 19:58:48.123"],
    ["0", "1970-01-01 00:00:00"],
    ["0e1000000000", "1970-01-01 00:00:00"],
    ["1e-1000000000", "1970-01-01 00:00:00"],
    ["-1000", "1969-12-31 23:43:20"],
    ['"1518033528"', "2018-02-07 19:58:48"],
    ['"1518033528123"', "2018-02-07 19:58:48.123"],
    ['"2026-9-7 1:2:3"', "2026-09-07 01:02:03"],
    ['"2026-09-07 12:00:02.5"', "2026-09-07 12:00:02.5"],
    ['"2018-02-07T20:38:48Z"', "2018-02-07 20:38:48"],
    ['"2017-02-07T15:13:01.39256Z"', "2017-02-07 15:13:01.39256"],
  ])("a timestamp %s is %s", (written, expected) => {
    expect(row("ts:timestamp", `{"ts":${written}}`)).toEqual({ ts: { timestamp: expected } });
  });

  test.each(['"2026-9-7T12:00:02Z"', '"2026-02-30T12:00:02Z"', '"2026-13-01 00:00:00"', "true"])(
    "a timestamp %s fails",
    (written) => {
      const text = written.replaceAll('"', "");
      expect(failure("ts:timestamp", `{"ts":${written}}`)).toBe(
        `MalformedData: Data does not match the schema. For input string: "${text}"`,
      );
    },
  );

  test("a timestamp that no file can hold fails by itself", () => {
    for (const written of ["18446744073709551616000", '"1e1000000000"', "1e2147483647"]) {
      expect(failure("ts:timestamp", `{"ts":${written}}`)).toMatch("out of range");
    }
  });

  test("what is no array becomes one, an array fills a struct by place", () => {
    expect(row("tags:array<string>", '{"tags":"one"}')).toEqual({ tags: ["one"] });
    expect(
      row("items:array<struct<sku:string,qty:int>>", '{"items":{"sku":"x","qty":"1"}}'),
    ).toEqual({ items: [{ sku: "x", qty: 1 }] });
    expect(row("p:struct<name:string,age:int>", '{"p":["Zoe",9,"more"]}')).toEqual({
      p: { name: "Zoe", age: 9 },
    });
    expect(row("p:struct<name:string,age:int>", '{"p":["Zoe"]}')).toEqual({
      p: { name: "Zoe", age: null },
    });
  });

  test("names of maps and of nested JSON are written in lower case", () => {
    expect(row("m:map<string,int>", '{"M":{"MixedKey":1}}')).toEqual({ m: { mixedkey: 1 } });
    expect(row("id:string", '{"id":{"Outer":{"Inner":[1,{"Aa":null}]}}}')).toEqual({
      id: '{"outer":{"inner":[1,{"aa":null}]}}',
    });
  });

  test("members match in any case at every depth, unknown ones are dropped", () => {
    expect(
      row(
        "items:array<struct<sku:string,qty:int>>",
        '{"ITEMS":[{"SKU":"s2","QTY":"3","extra":{}}]}',
      ),
    ).toEqual({ items: [{ sku: "s2", qty: 3 }] });
  });
});

describe("options", () => {
  test("a name is looked for as it is when case counts", () => {
    const options = { caseInsensitive: false };
    expect(row("a:int,userId:int", '{"A":1,"userId":2}', options)).toEqual({ a: null, userId: 2 });
    expect(row("m:map<string,int>", '{"m":{"Kk":1}}', options)).toEqual({ m: { Kk: 1 } });
  });

  test("dots are underscores in columns, members, keys of maps and nested JSON", () => {
    const options = { convertDotsInJsonKeysToUnderscores: true };
    expect(
      row(
        "a_b:int,s:struct<c_d:int>,m:map<string,int>,t:string",
        '{"a.b":1,"s":{"C.D":2},"m":{"e.f.g":3},"t":{"h.i":4}}',
        options,
      ),
    ).toEqual({ a_b: 1, s: { c_d: 2 }, m: { e_f_g: 3 }, t: '{"h_i":4}' });
  });

  test("a mapped column has its value from that name alone, a struct's member as well", () => {
    const options = { columnToJsonKeyMappings: { ts: "Time-Stamp" } };
    expect(
      row(
        "ts:string,s:struct<ts:string>",
        '{"ts":"no","time-stamp":"yes","s":{"TIME-STAMP":"too"}}',
        options,
      ),
    ).toEqual({ ts: "yes", s: { ts: "too" } });
  });
});

describe("values", () => {
  test.each([
    ["a:tinyint", "200", { a: -56 }],
    ["a:int", "1e10", { a: 2_147_483_647 }],
    ["a:smallint", "-1e10", { a: 0 }],
    ["a:bigint", "1e30", { a: { bigint: "9223372036854775807" } }],
    ["a:bigint", "-18446744073709551615", { a: { bigint: "1" } }],
    ["a:bigint", "12.9", { a: { bigint: "12" } }],
    ["a:bigint", '"-0x10"', "fails"],
    ["a:bigint", '"0x-10"', { a: { bigint: "-16" } }],
    ["a:double", '" 1.5e2d "', { a: 150 }],
    ["a:double", '"-Infinity"', { a: { double: "-Infinity" } }],
    ["a:float", "16777217", { a: 16_777_216 }],
    ["a:string", "1.5e-5", { a: "1.5E-5" }],
    ["a:string", "12345678.25", { a: "1.234567825E7" }],
    ["a:string", "-0", { a: "0" }],
    ["a:string", "0.12345678901234567890", { a: "0.12345678901234567890" }],
    ["a:string", "[1.0,2.5,1e3,true]", { a: "[1,2.5,1000,true]" }],
    ["a:varchar(3)", '"😀😀😀😀"', { a: { varchar: "😀😀😀" } }],
    ["a:char(3)", '"😀"', { a: { char: "😀  " } }],
    ["a:decimal(5,2)", '"x"', { a: null }],
    ["a:decimal(5,2)", "999.995", { a: null }],
    ["a:decimal(5,2)", "-999.994", { a: { decimal: "-999.99" } }],
    ["a:decimal(38,0)", "1e1000000000", { a: null }],
    ["a:decimal(38,0)", "1e37", { a: { decimal: `1${"0".repeat(37)}` } }],
    ["a:decimal(38,38)", "1e-1000000000", { a: { decimal: "0" } }],
    ["a:binary", '"aGk"', { a: { base64: "aGk=" } }],
    ["a:binary", '"aGk=="', "fails"],
    ["a:binary", '"a"', "fails"],
    ["a:date", '"2026-9-7"', { a: { date: "2026-09-07" } }],
    ["a:date", '"2026-09-07 10:11:12"', { a: { date: "2026-09-07" } }],
    ["a:date", '"2026-14-01"', { a: { date: "2027-02-01" } }],
    ["a:date", '"0099-03-01"', { a: { date: "0099-03-01" } }],
    ["a:map<int,string>", '{"1":"a","0x1":"b"}', { a: { 1: "b" } }],
    ["a:map<decimal(4,1),int>", '{"1.05":1}', { a: { 1.1: 1 } }],
    ["a:map<decimal(4,1),int>", '{"x":1}', "fails"],
    ["a:map<string,int>", "5", "fails"],
    ["a:boolean", "{}", { a: false }],
  ])("%s from %s", (columns, written, expected) => {
    const found = row(columns, `{"a":${written}}`);
    if (expected === "fails") expect(found).toMatchObject({ kind: "failed" });
    else expect(found).toEqual(expected);
  });

  test("a broken value that a later one of the same name replaces does no harm", () => {
    expect(row("a:int", '{"a":"x","A":2}')).toEqual({ a: 2 });
  });

  test("names that JavaScript knows are names like others", () => {
    expect(
      row(
        "`c`:int,s:struct<__proto__:int,constructor:int>,m:map<string,int>".replaceAll("`", ""),
        '{"c":1,"s":{"__proto__":2,"constructor":3},"m":{"__proto__":4}}',
      ),
    ).toEqual({
      c: 1,
      s: Object.fromEntries([
        ["__proto__", 2],
        ["constructor", 3],
      ]),
      m: Object.fromEntries([["__proto__", 4]]),
    });
  });

  test("one broken document fails its record as a whole", () => {
    expect(read("a:int", '{"a":1}{"a":"x"}')).toMatchObject({ kind: "failed" });
  });
});
