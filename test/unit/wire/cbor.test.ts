import { describe, expect, test } from "vitest";
import { decodeCbor } from "../../../src/wire/cbor.ts";
import { parseCbor } from "../../../src/wire/cbor-parse.ts";
import { printCbor } from "../../../src/wire/cbor-print.ts";
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

const hexOf = (value: unknown) => Buffer.from(printCbor(value)).toString("hex");

describe("printing", () => {
  test.each([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [255, "18ff"],
    [256, "190100"],
    [65536, "1a00010000"],
    [2 ** 32, "1b0000000100000000"],
    [-1, "20"],
    [-(2 ** 53) + 1, "3b001ffffffffffffe"],
    [1.5, "fb3ff8000000000000"],
    [2 ** 53, "fb4340000000000000"],
    [true, "f5"],
    [false, "f4"],
    ["ü", "62c3bc"],
    [[], "80"],
    [{}, "a0"],
    [{ A: undefined, B: 1 }, "a1614201"],
    [Uint8Array.of(1, 2), "420102"],
  ])("%j", (value, hex) => {
    expect(hexOf(value)).toBe(hex);
  });

  test("a time is tag 1 with whole milliseconds, as Java's clients need it", () => {
    expect(hexOf(new Date(1_700_000_000_000))).toBe("c11b0000018bcfe56800");
  });

  test("grows with what is printed", () => {
    const Data = Buffer.alloc(3_000_000, 7);
    const printed = parseCbor(printCbor({ Name: "é".repeat(5000), Data })) as {
      readonly Name: string;
      readonly Data: Buffer;
    };
    expect(printed.Name).toBe("é".repeat(5000));
    expect(printed.Data.equals(Data)).toBe(true);
  });
});

describe("a request of Java's", () => {
  // PutRecords and GetShardIterator as Jackson writes them: maps and lists of unknown length.
  const shape = structure({
    StreamName: required(string()),
    Records: list(structure({ Data: blob(), PartitionKey: string() })),
    Timestamp: timestamp(),
    Limit: integer(),
  });
  const body =
    "bf 6a53747265616d4e616d65 66636c69636b73" +
    " 675265636f726473 9f bf 6444617461 43010203 6c506172746974696f6e4b6579 6161 ff ff" +
    " 6954696d657374616d70 c1 1b0000018bcfe56800 654c696d6974 190100 ff";

  test("is decoded to the values that JSON would give", () => {
    const parsed = parseCbor(Buffer.from(body.replaceAll(" ", ""), "hex"));
    expect(decodeCbor(shape, parsed)).toEqual({
      StreamName: "clicks",
      Records: [{ Data: Buffer.of(1, 2, 3), PartitionKey: "a" }],
      Timestamp: new Date(1_700_000_000_000),
      Limit: 256,
    });
  });
});

describe("decoding", () => {
  test("takes a null member for an absent one, keeps other nulls' places, and ignores what it does not know", () => {
    const shape = structure({
      Text: string(),
      Texts: list(string()),
      Tags: map(string(), string()),
    });
    const sent = { Text: null, Texts: [null, "a"], Tags: { a: null, b: "c" }, Other: { A: [] } };
    expect(decodeCbor(shape, parseCbor(printCbor(sent)))).toEqual({
      Texts: [undefined, "a"],
      Tags: { a: undefined, b: "c" },
    });
  });

  test.each([
    [integer(), 1.9, 1],
    [integer(), 1e12, 2147483647],
    [integer(), -Infinity, -2147483648],
    [long(), 1e12, 1e12],
    [double(), 0.25, 0.25],
    [boolean(), "true", true],
  ])("brings values into their type", (shape, value, expected) => {
    expect(decodeCbor(shape, parseCbor(printCbor(value)))).toBe(expected);
  });

  const BYTES = "class java.nio.HeapByteBuffer";
  const NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
  test.each([
    [integer(), "1", "class java.lang.String can not be converted to an Integer"],
    [integer(), NaN, `${NUMBER} can not be converted to an Integer`],
    [string(), 1, `${NUMBER} can not be converted to an String`],
    [string(), Buffer.of(1), `${BYTES} can not be converted to an String`],
    [boolean(), Buffer.of(1), `${BYTES} can not be converted to an Boolean`],
    [blob(), "aGVsbG8=", "class java.lang.String can not be converted to a Blob"],
    [blob(), [], "Start of list found where not expected"],
    [blob(), {}, "Start of structure or map found where not expected."],
    [timestamp(), 1, `${NUMBER} can not be converted to milliseconds since epoch`],
    [string(), new Date(0), "class java.util.Date can not be converted to an String"],
    [list(string()), Buffer.of(1), "Expected list or null"],
    [map(string(), string()), new Date(0), "Expected map or null"],
    [structure({}), Buffer.of(1), "Expected null"],
  ])("%j refuses %j", (shape, value, message) => {
    const parsed = parseCbor(printCbor({ Member: value }));
    expect(() => decodeCbor(structure({ Member: shape }), parsed)).toThrow(
      expect.objectContaining({ name: "SerializationException", message }),
    );
  });

  test("refuses a time that no calendar has", () => {
    const parsed = parseCbor(Buffer.from("c1fb7fefffffffffffff", "hex"));
    expect(() => decodeCbor(timestamp(), parsed)).toThrow(/milliseconds since epoch$/);
  });
});
