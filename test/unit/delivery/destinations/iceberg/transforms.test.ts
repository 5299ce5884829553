/** The values of the specification's own tables where it has them. */
import { describe, expect, test } from "vitest";
import { murmur3 } from "../../../../../src/delivery/destinations/iceberg/murmur3.ts";
import {
  unscaledBytes,
  valueBytes,
} from "../../../../../src/delivery/destinations/iceberg/single-value.ts";
import { readTransform } from "../../../../../src/delivery/destinations/iceberg/transforms.ts";
import type { PrimitiveType } from "../../../../../src/delivery/destinations/iceberg/types.ts";
import type { Value } from "../../../../../src/delivery/formats/row.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll("-", ""), "hex"));
const plain = (kind: string) => ({ kind }) as PrimitiveType;
const DECIMAL: PrimitiveType = { kind: "decimal", precision: 9, scale: 2 };
const DAY_MICROS = 86_400_000_000n;
/** 2017-11-16T22:31:08 */
const EVENING = 17_486n * DAY_MICROS + 81_068_000_000n;

describe("buckets", () => {
  test.each<[number, Uint8Array]>([
    [2_017_239_379, valueBytes(plain("long"), 34n)],
    [-500_754_589, unscaledBytes(1420n)],
    [-653_330_422, valueBytes(plain("long"), 17_486n)],
    [-662_762_989, valueBytes(plain("time"), 81_068_000_000n)],
    [-2_047_944_441, valueBytes(plain("timestamp"), EVENING)],
    [1_210_000_089, Buffer.from("iceberg")],
    [1_488_055_340, bytes("f79c3e09-677c-4bbd-a479-3f349cb785e7")],
    [-188_683_207, bytes("00010203")],
    [0, new Uint8Array()],
  ])("hash to %i", (hash, value) => {
    expect(murmur3(value)).toBe(hash);
  });

  test.each<[PrimitiveType, Value, number]>([
    [plain("int"), 34, 2_017_239_379 % 100],
    [plain("long"), 34n, 2_017_239_379 % 100],
    [plain("date"), 17_486, (-653_330_422 & 0x7fffffff) % 100],
    [DECIMAL, 1420n, (-500_754_589 & 0x7fffffff) % 100],
    [plain("string"), "iceberg", 89],
    [plain("binary"), bytes("00010203"), (-188_683_207 & 0x7fffffff) % 100],
  ])("take the sign off: %j %s", (type, value, expected) => {
    expect(readTransform("bucket[100]", type)!.apply(value)).toBe(expected);
  });
});

test.each<[string, PrimitiveType, Value, Value]>([
  ["truncate[10]", plain("int"), 1, 0],
  ["truncate[10]", plain("int"), -1, -10],
  ["truncate[10]", plain("long"), -1n, -10n],
  ["truncate[50]", DECIMAL, 1065n, 1050n],
  ["truncate[3]", plain("string"), "iceberg", "ice"],
  ["truncate[1]", plain("string"), "😀x", "😀"],
  ["truncate[2]", plain("binary"), bytes("010203"), bytes("0102")],
  ["identity", plain("string"), "a", "a"],
  ["void", plain("string"), "a", null],
  ["year", plain("date"), 17_486, 47],
  ["year", plain("date"), -1, -1],
  ["month", plain("date"), 17_486, 574],
  ["month", plain("date"), -1, -1],
  ["day", plain("timestamptz"), EVENING, 17_486],
  ["day", plain("timestamp"), -1n, -1],
  ["hour", plain("timestamp"), EVENING, 17_486 * 24 + 22],
  ["hour", plain("timestamp"), -1n, -1],
  ["bucket[7]", plain("string"), null, null],
  ["truncate[7]", plain("long"), null, null],
  ["day", plain("date"), null, null],
])("%s of %j %s", (name, type, value, expected) => {
  expect(readTransform(name, type)!.apply(value)).toEqual(expected);
});

test.each([
  ["hour", "date"],
  ["bucket[4]", "double"],
  ["truncate[4]", "date"],
  ["year", "string"],
  ["bucket[0]", "string"],
  ["bucket", "string"],
  ["zorder", "string"],
])("%s of a column of the type %s is not known", (name, kind) => {
  expect(readTransform(name, plain(kind))).toBeUndefined();
});
