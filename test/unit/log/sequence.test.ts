import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BLOCK_INDEX_MAX,
  BLOCK_MAX_RECORDS,
  formatSequenceNumber,
  parseSequenceNumber,
} from "../../../src/log/sequence.ts";

const fields = fc.record({
  shardCreatedAtMs: fc.integer({ min: 0, max: 16_025_174_999 }).map((seconds) => seconds * 1000),
  shardIndex: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  blockIndex: fc.integer({ min: 0, max: BLOCK_INDEX_MAX }),
  position: fc.integer({ min: 0, max: BLOCK_MAX_RECORDS - 1 }),
  arrivedAtMs: fc.integer({ min: 0, max: 16_025_174_999 }).map((seconds) => seconds * 1000),
});

test("the first number of a shard is the one that Kinesis gives it", () => {
  const first = { shardCreatedAtMs: 1_700_000_000_000, blockIndex: 0, position: 0 };
  expect(formatSequenceNumber({ ...first, shardIndex: 0, arrivedAtMs: 1_700_000_000_000 })).toBe(
    "49646437577108476416916876405825929425585429676275269634",
  );
  expect(formatSequenceNumber({ ...first, shardIndex: 1, arrivedAtMs: 1_700_000_000_000 })).toBe(
    "49646437577130777162115407028967465143858078037781250066",
  );
});

test("every number has 56 digits and gives its fields back", () => {
  fc.assert(
    fc.property(fields, (given) => {
      const text = formatSequenceNumber(given);
      expect(text).toMatch(/^\d{56}$/);
      expect(parseSequenceNumber(text)).toEqual(given);
    }),
  );
});

test("numbers of a shard grow with block and position, whatever the clock did", () => {
  fc.assert(
    fc.property(fields, fields, (a, b) => {
      const later = { ...b, shardCreatedAtMs: a.shardCreatedAtMs, shardIndex: a.shardIndex };
      const order = a.blockIndex - later.blockIndex || a.position - later.position;
      fc.pre(order !== 0);
      expect(BigInt(formatSequenceNumber(a)) < BigInt(formatSequenceNumber(later))).toBe(order < 0);
    }),
  );
});

test.each(["", "0", "12x", "-1", "1".repeat(130), "9".repeat(56)])(
  "%j is no number of ours",
  (text) => {
    expect(parseSequenceNumber(text)).toBeUndefined();
  },
);

test("a number of another version is no number of ours", () => {
  const text = formatSequenceNumber({
    shardCreatedAtMs: 1_700_000_000_000,
    shardIndex: 3,
    blockIndex: 1,
    position: 1,
    arrivedAtMs: 1_700_000_000_000,
  });
  expect(parseSequenceNumber((BigInt(text) - 1n).toString())).toBeUndefined();
});
