import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HASH_KEY_MAX, hashKeyOf, parseHashKey } from "../../../src/log/hash-key.ts";

describe("a partition key", () => {
  test.each([
    ["a", 16955237001963240173058271559858726497n],
    ["test", 12707736894140473154801792860916528374n],
    ["partitionKey-1", 159499196025307651934328298402289840726n],
    ["\u00e9", 136732923097551493579404309126273812335n],
  ])("%s has AWS's place", (partitionKey, hashKey) => {
    expect(hashKeyOf(partitionKey)).toBe(hashKey);
  });

  test("is always within the circle", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (partitionKey) => {
        const hashKey = hashKeyOf(partitionKey);
        expect(hashKey >= 0n && hashKey <= HASH_KEY_MAX).toBe(true);
      }),
    );
  });
});

describe("an explicit hash key", () => {
  test("is any whole number of the circle in decimal", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: HASH_KEY_MAX }), (hashKey) => {
        expect(parseHashKey(hashKey.toString())).toBe(hashKey);
      }),
    );
    expect(parseHashKey("340282366920938463463374607431768211455")).toBe(HASH_KEY_MAX);
  });

  test.each([
    "",
    "-1",
    "01",
    "1.5",
    "0x10",
    "1e3",
    " 1",
    "340282366920938463463374607431768211456",
    "9".repeat(39),
    "1".repeat(40),
  ])("is not %j", (text) => {
    expect(parseHashKey(text)).toBeUndefined();
  });
});
