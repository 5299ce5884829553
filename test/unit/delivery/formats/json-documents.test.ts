import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unconvertible } from "../../../../src/delivery/formats/conversion-error.ts";
import {
  JsonNumber,
  JsonObject,
  type JsonValue,
  readDocuments,
} from "../../../../src/delivery/formats/json-documents.ts";
import { JSON_MAX_DEPTH, JSON_NUMBER_MAX_LENGTH } from "../../../../src/limits.ts";

function read(text: string | Uint8Array): readonly JsonValue[] {
  return readDocuments(typeof text === "string" ? Buffer.from(text) : text);
}

function complaint(text: string | Uint8Array): string {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
    expect(error.reason.errorCode).toBe("DataFormatConversion.ParseError");
    expect(error.message).toMatch(/^Encountered malformed JSON\. /);
    return error.message.slice("Encountered malformed JSON. ".length);
  }
  return "none";
}

/** As `JSON.parse` would have it. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return (value as JsonValue[]).map(plain);
  if (!(value instanceof JsonObject)) return value;
  const entries = value.names.map((name, i) => [name, plain(value.values[i]!)] as const);
  return Object.fromEntries(entries);
}

test("reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom("", "  ", "\n\t"), (text, blanks) => {
      const padded = blanks + text.replaceAll(/([[,])/g, `$1${blanks}`) + blanks;
      // Blanks within strings would be other strings; only texts that stay the same are compared.
      const wanted: unknown = JSON.parse(text);
      expect(read(text).map(plain)).toEqual([wanted]);
      try {
        const spaced: unknown = JSON.parse(padded);
        expect(read(padded).map(plain)).toEqual([spaced]);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        expect(complaint(padded)).not.toBe("none");
      }
    }),
    { numRuns: 300 },
  );
});

test("refuses what JSON.parse refuses", () => {
  const broken = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", "}", "]", ",", ":", '"', "\\", "0", "x", "\u0001"),
    )
    .map(([text, place, junk]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + junk + text.slice(at + 1);
    });
  fc.assert(
    fc.property(broken, (text) => {
      let isGood = true;
      try {
        JSON.parse(text);
      } catch {
        isGood = false;
      }
      // What is no single document may still be several.
      if (isGood) expect(read(text).map(plain)).toEqual([JSON.parse(text)]);
      else if (complaint(text) === "none") expect(read(text).length).not.toBe(1);
    }),
    { numRuns: 500 },
  );
});

test("reads documents one behind the other, with blanks between them or without", () => {
  expect(read('{"a":1}{"a":2}[3]\n{"a":4} ').map(plain)).toEqual([
    { a: 1 },
    { a: 2 },
    [3],
    { a: 4 },
  ]);
  expect(read("1 2").map(plain)).toEqual([1, 2]);
  expect(read(" \n")).toEqual([]);
});

test("keeps numbers as written where a double would lose something", () => {
  const [numbers] = read("[9007199254740993,1.50,-0,123456789012345,-7]") as [JsonValue[]];
  expect(numbers).toEqual([
    new JsonNumber("9007199254740993"),
    new JsonNumber("1.50"),
    new JsonNumber("-0"),
    123_456_789_012_345,
    -7,
  ]);
});

test("keeps equal names", () => {
  const [object] = read('{"a":1,"A":2,"a":3}') as [JsonObject];
  expect(object.names).toEqual(["a", "A", "a"]);
  expect(object.values).toEqual([1, 2, 3]);
});

test("passes over a byte order mark", () => {
  expect(read(Buffer.from("efbbbf7b7d", "hex")).length).toBe(1);
});

describe("complains as Jackson, and of the place", () => {
  test.each([
    [
      "hello",
      "Unrecognized token 'hello': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [line: 1, column: 1]",
    ],
    [
      "truely",
      "Unrecognized token 'truely': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [line: 1, column: 1]",
    ],
    [
      '{"a":1,}',
      "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line: 1, column: 8]",
    ],
    [
      '{"a":\n 1 "b"}',
      "Unexpected character ('\"' (code 34)): was expecting comma to separate OBJECT entries at [line: 2, column: 4]",
    ],
    [
      '{"a" 1}',
      "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value at [line: 1, column: 6]",
    ],
    [
      "[1 2]",
      "Unexpected character ('2' (code 50)): was expecting comma to separate ARRAY entries at [line: 1, column: 4]",
    ],
    [
      "[1,]",
      "Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [line: 1, column: 4]",
    ],
    ['{"a":1', "Unexpected end-of-input: expected close marker for OBJECT at [line: 1, column: 7]"],
    ['{"a":', "Unexpected end-of-input: in a value at [line: 1, column: 6]"],
    [
      '{"a":"x',
      "Unexpected end-of-input: was expecting closing quote for a string value at [line: 1, column: 8]",
    ],
    ['"\\x"', "Unrecognized character escape 'x' (code 120) at [line: 1, column: 3]"],
    ['"\\u12g4"', "expected a hex-digit for character escape sequence at [line: 1, column: 3]"],
    [
      "1,2",
      "Unexpected character (',' (code 44)): Expected space separating root-level values at [line: 1, column: 2]",
    ],
    ["[01]", "Invalid numeric value: Leading zeroes not allowed at [line: 1, column: 2]"],
    [
      "[-x]",
      "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign at [line: 1, column: 3]",
    ],
    [
      "[1.]",
      "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit at [line: 1, column: 4]",
    ],
    [
      "[1e+]",
      "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit at [line: 1, column: 5]",
    ],
  ])("%j", (text, message) => {
    expect(complaint(text)).toBe(message);
  });

  test("bytes that are no UTF-8", () => {
    expect(complaint(Buffer.from('{"ü":"\xff"}', "latin1"))).toBe(
      "Invalid UTF-8 start byte 0xfc at byte 3",
    );
  });

  test("depth and numbers without end", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(complaint(nested(JSON_MAX_DEPTH))).toBe("none");
    expect(complaint(nested(JSON_MAX_DEPTH + 1))).toMatch("nesting depth (1001) exceeds");
    expect(complaint("[".repeat(1_000_000))).toMatch("nesting depth (1001) exceeds");
    expect(complaint("9".repeat(JSON_NUMBER_MAX_LENGTH))).toBe("none");
    expect(complaint("9".repeat(JSON_NUMBER_MAX_LENGTH + 1))).toMatch("length (1001) exceeds");
  });
});
