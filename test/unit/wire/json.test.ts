import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeJson, encodeJson, encodeJsonBody } from "../../../src/wire/json.ts";
import type { Infer } from "../../../src/wire/shape.ts";
import {
  blob,
  boolean,
  double,
  integer,
  list,
  long,
  map,
  required,
  string,
  structure,
  timestamp,
} from "../../../src/wire/shape.ts";

describe("type errors", () => {
  const NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
  test.each([
    [integer(), "1", "class java.lang.String can not be converted to an Integer"],
    [long(), "1", "class java.lang.String can not be converted to an Long"],
    [double(), "1", "class java.lang.String can not be converted to an Double"],
    [integer(), true, "class java.lang.Boolean can not be converted to an Integer"],
    [string(), 1, `${NUMBER} can not be converted to an String`],
    [string(), false, "class java.lang.Boolean can not be converted to an String"],
    [boolean(), "23", "'23' can not be converted to an Boolean"],
    [boolean(), 1, `${NUMBER} can not be converted to an Boolean`],
    [blob(), 1, `${NUMBER} can not be converted to a Blob`],
    [timestamp(), "x", "class java.lang.String can not be converted to milliseconds since epoch"],
    [timestamp(), 1e300, `${NUMBER} can not be converted to milliseconds since epoch`],
    [string(), [], "Start of list found where not expected"],
    [map(string(), string()), [], "Start of list found where not expected"],
    [structure({}), [], "Start of list found where not expected"],
    [string(), {}, "Start of structure or map found where not expected."],
    [blob(), {}, "Start of structure or map found where not expected."],
    [list(string()), {}, "Start of structure or map found where not expected."],
    [list(string()), "a", "Expected list or null"],
    [map(string(), string()), 1, "Expected map or null"],
    [structure({}), "a", "Expected null"],
  ])("%j refuses %j", (shape, value, message) => {
    const input = structure({ Member: shape });
    expect(() => decodeJson(input, { Member: value })).toThrow(
      expect.objectContaining({ name: "SerializationException", message }),
    );
  });
});

describe("decoding", () => {
  test("takes a null member for an absent one, at every depth, and keeps the places of other nulls", () => {
    const shape = structure({
      Text: string(),
      Nested: structure({ Count: integer() }),
      Texts: list(string()),
      Tags: map(string(), string()),
    });
    expect(
      decodeJson(shape, {
        Text: null,
        Nested: { Count: null },
        Texts: [null, "a"],
        Tags: { a: null, b: "c" },
      }),
    ).toStrictEqual({ Nested: {}, Texts: [undefined, "a"], Tags: { a: undefined, b: "c" } });
  });

  test("ignores members that the shape does not know", () => {
    expect(decodeJson(structure({ A: string() }), { A: "a", B: { C: [] } })).toEqual({ A: "a" });
  });

  test.each([
    [integer(), 1.9, 1],
    [integer(), -1.5, -2],
    [integer(), 1e12, 2147483647],
    [integer(), -1e12, -2147483648],
    [long(), 1e12, 1e12],
    [double(), 0.25, 0.25],
  ])("brings numbers into the range of their type", (shape, value, expected) => {
    expect(decodeJson(shape, value)).toBe(expected);
  });

  test("takes the words true and false for booleans", () => {
    expect(decodeJson(boolean(), "true")).toBe(true);
    expect(decodeJson(boolean(), "False")).toBe(false);
  });

  test("keeps a map's key __proto__ a key", () => {
    const tags = decodeJson(
      map(string(), string()),
      JSON.parse('{"__proto__":"a","b":"c"}'),
    ) as object;
    expect(Object.entries(tags)).toEqual([
      ["__proto__", "a"],
      ["b", "c"],
    ]);
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  });

  test("never fails but with a SerializationException, whatever the body holds", () => {
    const shape = structure({
      a: string(),
      b: integer(),
      c: list(structure({ a: blob() })),
      d: map(string(), boolean()),
      e: timestamp(),
    });
    const body = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.jsonValue());
    fc.assert(
      fc.property(body, (value) => {
        try {
          decodeJson(shape, value);
        } catch (error) {
          expect(error).toMatchObject({ name: "SerializationException" });
        }
      }),
    );
  });
});

describe("encoding", () => {
  test("writes bytes as base64, times as seconds, and leaves undefined out", () => {
    const output = {
      Data: Buffer.from("hello"),
      Bytes: Uint8Array.of(255),
      At: new Date(1441215410867),
      Missing: undefined,
      List: [],
    };
    expect(JSON.parse(encodeJson(output))).toEqual({
      Data: "aGVsbG8=",
      Bytes: "/w==",
      At: 1441215410.867,
      List: [],
    });
  });

  test("writes everything else as JSON.stringify does, also beside bytes", () => {
    const output = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    const holding = fc.record({ output, list: fc.array(fc.jsonValue()) });
    fc.assert(
      fc.property(holding, (value) => {
        const text = encodeJson({
          ...value,
          missing: [undefined, NaN],
          data: Buffer.from("hello"),
        });
        const same = { ...value, missing: [undefined, NaN], data: "aGVsbG8=" };
        expect(text).toBe(JSON.stringify(same));
      }),
      { numRuns: 40 },
    );
  });

  test("writes a large answer in pieces that are the same text together", () => {
    const record = { Data: Buffer.alloc(1000, "é"), PartitionKey: "ключ" };
    const output = { Records: Array.from({ length: 100 }, () => record), At: new Date(1500) };
    const pieces = encodeJsonBody(output);
    if (typeof pieces === "string") throw new Error("one piece");
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).toString()).toBe(encodeJson(output));
    expect(encodeJsonBody(record)).toBe(encodeJson(record));
  });

  test("is undone by decoding", () => {
    const shape = structure({
      Data: required(blob()),
      At: required(timestamp()),
      Name: required(string()),
    });
    const input = fc.record({
      Data: fc.uint8Array(),
      At: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
      Name: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(input, (value) => {
        const decoded = decodeJson(shape, JSON.parse(encodeJson(value))) as Infer<typeof shape>;
        expect(Buffer.compare(decoded.Data, value.Data)).toBe(0);
        expect({ at: decoded.At.getTime(), name: decoded.Name }).toEqual({
          at: value.At.getTime(),
          name: value.Name,
        });
      }),
    );
  });
});
