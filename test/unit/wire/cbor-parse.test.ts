import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PARSED_VALUES_MAX_COUNT } from "../../../src/limits.ts";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";

const parseHex = (hex: string) => parseCbor(Buffer.from(hex.replaceAll(" ", ""), "hex"));

describe("the examples of RFC 8949", () => {
  test.each([
    ["00", 0],
    ["17", 23],
    ["18 18", 24],
    ["19 03e8", 1000],
    ["1a 000f4240", 1000000],
    ["1b 000000e8d4a51000", 1000000000000],
    ["1b ffffffffffffffff", 2 ** 64],
    ["20", -1],
    ["38 63", -100],
    ["3b ffffffffffffffff", -(2 ** 64)],
    ["f9 0000", 0],
    ["f9 8000", -0],
    ["f9 3c00", 1],
    ["f9 3e00", 1.5],
    ["f9 7bff", 65504],
    ["f9 0001", 5.960464477539063e-8],
    ["f9 0400", 0.00006103515625],
    ["f9 c400", -4],
    ["f9 7c00", Infinity],
    ["f9 7e00", NaN],
    ["f9 fc00", -Infinity],
    ["fa 47c35000", 100000],
    ["fb 3ff199999999999a", 1.1],
    ["fb c010666666666666", -4.1],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["f7", null],
    ["60", ""],
    ["64 49455446", "IETF"],
    ["62 c3bc", "ü"],
    ["64 f0908591", "\ud800\udd51"],
    ["80", []],
    ["83 01 02 03", [1, 2, 3]],
    ["83 01 82 02 03 82 04 05", [1, [2, 3], [4, 5]]],
    ["9f ff", []],
    ["9f 01 82 02 03 9f 04 05 ff ff", [1, [2, 3], [4, 5]]],
    ["7f 65 7374726561 64 6d696e67 ff", "streaming"],
  ])("%s", (hex, expected) => {
    expect(parseHex(hex)).toEqual(expected);
  });

  test("byte strings, in one piece and in several", () => {
    expect(parseHex("44 01020304")).toEqual(Buffer.from("01020304", "hex"));
    expect(parseHex("5f 42 0102 43 030405 ff")).toEqual(Buffer.from("0102030405", "hex"));
  });

  test("maps, of known and of unknown length", () => {
    expect({ ...(parseHex("a2 61 61 01 61 62 82 02 03") as object) }).toEqual({ a: 1, b: [2, 3] });
    expect({ ...(parseHex("bf 61 61 01 61 62 9f 02 03 ff ff") as object) }).toEqual({
      a: 1,
      b: [2, 3],
    });
  });
});

describe("tags", () => {
  test.each([
    ["c1 1b 0000018bcfe56800", 1_700_000_000_000],
    ["c1 fb 4278bcfe56800000", 1_700_000_000_000],
    ["c1 fb 40934a3333333333", 1235],
    ["c1 20", -1],
  ])("%s is a time in milliseconds", (hex, ms) => {
    expect(parseHex(hex)).toEqual(new Date(ms));
  });

  test("of other tags only the value counts", () => {
    expect(parseHex("d9d9f7 83 01 02 03")).toEqual([1, 2, 3]);
    expect(parseHex("c0 61 61")).toBe("a");
  });
});

test("a key __proto__ is only a key", () => {
  const map = parseCbor(printCbor(JSON.parse('{"__proto__":{"admin":true},"constructor":1}')));
  expect(Object.keys(map as object)).toEqual(["__proto__", "constructor"]);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect((map as { admin?: boolean }).admin).toBeUndefined();
});

describe("what is not well formed is refused", () => {
  test.each([
    ["nothing", ""],
    ["a second item", "00 00"],
    ["a break where a value belongs", "ff"],
    ["a break for a map's value", "bf 61 61 ff"],
    ["a map's key that is no text", "a1 01 02"],
    ["a reserved number width", "1c"],
    ["an integer of unknown length", "1f"],
    ["an unassigned simple value", "e0"],
    ["a simple value in a second byte", "f8 ff"],
    ["a text that is no UTF-8", "61 ff"],
    ["a lone surrogate", "63 eda080"],
    ["a text among the chunks of bytes", "5f 61 61 ff"],
    ["chunks within chunks", "5f 5f 41 01 ff ff"],
    ["a time that is no number", "c1 61 61"],
    ["a list longer than the body", "9b 7fffffffffffffff 00"],
    ["a map longer than the body", "bb 7fffffffffffffff 60 00"],
    ["bytes longer than the body", "5b 7fffffffffffffff 00"],
    ["a text longer than the body", "7a ffffffff 61"],
    ["a tag on nothing", "c1"],
  ])("%s", (_, hex) => {
    expect(parseHex(hex)).toBeUndefined();
  });

  test.each([
    ["lists", 0x81],
    ["lists of unknown length", 0x9f],
    ["tags", 0xc2],
  ])("%s nested without end", (_, byte) => {
    expect(parseCbor(Buffer.alloc(1_000_000, byte))).toBeUndefined();
  });
});

describe("the number of values", () => {
  const head = (major: number, count: number) => {
    const bytes = Buffer.of((major << 5) | 26, 0, 0, 0, 0);
    bytes.writeUInt32BE(count, 1);
    return bytes;
  };
  const EMPTY_BYTES = 0x40;
  const EMPTY_TEXT = 0x60;

  test("is bounded in lists", () => {
    const list = (count: number) => Buffer.concat([head(4, count), Buffer.alloc(count, 0)]);
    expect(parseCbor(list(PARSED_VALUES_MAX_COUNT - 1))).toHaveLength(PARSED_VALUES_MAX_COUNT - 1);
    expect(parseCbor(list(PARSED_VALUES_MAX_COUNT))).toBeUndefined();
  });

  test.each([
    ["bytes", 0x5f, EMPTY_BYTES],
    ["a text", 0x7f, EMPTY_TEXT],
  ])("is bounded in the chunks of %s, which take memory like values", (_, start, chunk) => {
    const chunks = (count: number) =>
      Buffer.concat([Buffer.of(start), Buffer.alloc(count, chunk), Buffer.of(0xff)]);
    expect(parseCbor(chunks(PARSED_VALUES_MAX_COUNT - 1))).toHaveLength(0);
    expect(parseCbor(chunks(PARSED_VALUES_MAX_COUNT))).toBeUndefined();
  });
});

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("any"), { maxLength: 30 }),
    tie("map"),
  ),
  map: fc.dictionary(fc.string({ maxLength: 30 }), tie("any"), { noNullPrototype: false }),
}));

test("what was printed is parsed to the same", () => {
  fc.assert(
    fc.property(value.any, (given) => {
      expect(plain(parseCbor(printCbor(given)))).toEqual(plain(given));
    }),
  );
});

test("every prefix of a body is refused without an exception", () => {
  fc.assert(
    fc.property(value.map, (given) => {
      const bytes = printCbor(given);
      for (let length = 0; length < Math.min(bytes.length, 2000); length++) {
        expect(parseCbor(bytes.subarray(0, length))).toBeUndefined();
      }
    }),
    { numRuns: 50 },
  );
});

test("nothing that can be sent makes it throw", () => {
  const soup = fc
    .array(fc.constantFrom(0x00, 0x18, 0x3b, 0x5f, 0x61, 0x7f, 0x82, 0x9f, 0xa1, 0xbf, 0xc1, 0xff))
    .map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(fc.oneof(soup, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      expect(() => parseCbor(bytes)).not.toThrow();
    }),
    { numRuns: 5000 },
  );
});

/** Objects without prototypes compare by their entries; -0 is printed as 0. */
function plain(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(plain);
  if (given instanceof Date || given instanceof Uint8Array) return given;
  if (given === 0) return 0;
  if (typeof given !== "object" || given === null) return given;
  return Object.entries(given).map(([key, entry]) => [key, plain(entry)]);
}
