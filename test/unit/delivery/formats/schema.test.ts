import { describe, expect, test } from "vitest";
import { type ColumnType, readSchema } from "../../../../src/delivery/formats/schema.ts";
import {
  COLUMN_NAME_MAX_LENGTH,
  COLUMN_TYPE_MAX_DEPTH,
  COLUMN_TYPE_MAX_LENGTH,
} from "../../../../src/limits.ts";

function typeOf(type: string): ColumnType | string {
  const result = readSchema([{ Name: "c", Type: type }]);
  return result.kind === "schema" ? result.schema[0]!.type : reasonOf(result.errorMessage);
}

function reasonOf(message: string): string {
  return /^The schema of the table cannot be converted: (.*)\.$/.exec(message)?.[1] ?? message;
}

describe("types", () => {
  test.each([
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "string",
    "binary",
    "date",
    "timestamp",
  ])("reads %s, in any case", (kind) => {
    expect(typeOf(kind)).toEqual({ kind });
    expect(typeOf(` ${kind.toUpperCase()} `)).toEqual({ kind });
  });

  test.each([
    ["integer", { kind: "int" }],
    ["double precision", { kind: "double" }],
    ["char(5)", { kind: "char", length: 5 }],
    ["varchar( 65535 )", { kind: "varchar", length: 65_535 }],
    ["decimal", { kind: "decimal", precision: 10, scale: 0 }],
    ["decimal(7)", { kind: "decimal", precision: 7, scale: 0 }],
    ["decimal(38, 38)", { kind: "decimal", precision: 38, scale: 38 }],
    ["map<date,string>", { kind: "map", key: { kind: "date" }, value: { kind: "string" } }],
  ])("reads %s", (type, expected) => {
    expect(typeOf(type)).toEqual(expected);
  });

  test("reads nested types, with blanks or without", () => {
    const expected = {
      kind: "struct",
      fields: [
        { name: "a", type: { kind: "int" } },
        {
          name: "b",
          type: {
            kind: "array",
            element: {
              kind: "map",
              key: { kind: "string" },
              value: { kind: "decimal", precision: 10, scale: 2 },
            },
          },
        },
      ],
    };
    expect(typeOf("struct<a:int,b:array<map<string,decimal(10,2)>>>")).toEqual(expected);
    expect(typeOf("struct < a : int , b : array < map < string , decimal(10,2) > > >")).toEqual(
      expected,
    );
  });

  test("takes members' names as they are, in back quotes whatever they hold", () => {
    expect(typeOf("struct<user-id:int,`a:b``<c`:int,ütf:int>")).toMatchObject({
      fields: [{ name: "user-id" }, { name: "a:b`<c" }, { name: "ütf" }],
    });
  });
});

describe("refuses", () => {
  test.each([
    [
      "uniontype<int,string>",
      "the type of column c has the type uniontype, which cannot be converted",
    ],
    ["set<int>", "the type of column c has the type set, which cannot be converted"],
    [
      "timestamp with local time zone",
      'the type of column c has at position 11 "with local time zone" where the end of the type is expected',
    ],
    ["", "the type of column c has at position 1 nothing where a type is expected"],
    ["array<int", "the type of column c has at position 10 nothing where > is expected"],
    [
      "array<int>>",
      'the type of column c has at position 11 ">" where the end of the type is expected',
    ],
    [
      "struct<a int>",
      'the type of column c has at position 8 "a int>" where a member\'s name and a colon is expected',
    ],
    [
      "struct<>",
      'the type of column c has at position 8 ">" where a member\'s name and a colon is expected',
    ],
    ["struct<a:int,A:int>", "the struct of column c has two members a"],
    [
      "map<array<int>,int>",
      "the type of column c has a map whose keys are of type array; keys are primitive",
    ],
    ["char(256)", "the type of column c has char(256), whose length must be 1..255"],
    ["varchar", "the type of column c has at position 8 nothing where ( and a length is expected"],
    [
      "decimal(39,2)",
      "the type of column c has decimal(39,2), whose precision must be 1..38 and whose scale no more than that",
    ],
    [
      "decimal(4,5)",
      "the type of column c has decimal(4,5), whose precision must be 1..38 and whose scale no more than that",
    ],
    ["decimal(10 2)", 'the type of column c has at position 12 "2)" where ) is expected'],
  ])("%s", (type, message) => {
    expect(typeOf(type)).toBe(message);
  });

  test("what is nested deeper than a file can be", () => {
    const nested = (depth: number) => `${"array<".repeat(depth)}int${">".repeat(depth)}`;
    expect(typeOf(nested(COLUMN_TYPE_MAX_DEPTH))).toMatchObject({ kind: "array" });
    expect(typeOf(nested(COLUMN_TYPE_MAX_DEPTH + 1))).toMatch("deeper than");
    expect(typeOf(nested(16_000))).toMatch("deeper than");
  });

  test("names and types that are too long, and twins", () => {
    const refused = (...columns: readonly { Name?: string; Type?: string }[]) => {
      const result = readSchema(columns);
      return result.kind === "invalid" ? reasonOf(result.errorMessage) : "no";
    };
    expect(refused({ Name: "n".repeat(COLUMN_NAME_MAX_LENGTH + 1), Type: "int" })).toMatch("256");
    expect(refused({ Name: "n", Type: "i".repeat(COLUMN_TYPE_MAX_LENGTH + 1) })).toMatch("131073");
    expect(refused({ Type: "int" })).toBe("a column has no name");
    expect(refused({ Name: "a", Type: "int" }, { Name: "A", Type: "int" })).toBe(
      "the table has two members a",
    );
  });
});

test("tells by AWS's codes what fails every record of a table", () => {
  expect(readSchema([])).toMatchObject({ errorCode: "DataFormatConversion.NonExistentColumns" });
  expect(readSchema([{ Name: "a", Type: "blob" }])).toEqual({
    kind: "invalid",
    errorCode: "DataFormatConversion.InvalidSchema",
    errorMessage:
      "The schema of the table cannot be converted: the type of column a has the type blob, which cannot be converted.",
  });
});
