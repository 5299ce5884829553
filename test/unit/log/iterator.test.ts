import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatIterator,
  type IteratorStart,
  parseIterator,
  type ShardIterator,
} from "../../../src/log/iterator.ts";
import { sealToken } from "../../../src/log/sealed-token.ts";
import { BLOCK_INDEX_MAX, BLOCK_MAX_RECORDS } from "../../../src/log/sequence.ts";
import { systemRandom } from "../../../src/random.ts";

const SECRET = Buffer.from("a secret of the stage");

const start: fc.Arbitrary<IteratorStart> = fc.oneof(
  fc.record({
    kind: fc.constant("record" as const),
    blockIndex: fc.integer({ min: 0, max: BLOCK_INDEX_MAX + 1 }),
    position: fc.integer({ min: 0, max: BLOCK_MAX_RECORDS }),
  }),
  fc.record({
    kind: fc.constant("time" as const),
    timestampMs: fc.integer({ min: -1e12, max: 4e12 }),
  }),
);

const iterators: fc.Arbitrary<ShardIterator> = fc.record({
  streamName: fc.stringMatching(/^[a-zA-Z0-9_.-]{1,128}$/),
  generation: fc.stringMatching(/^[0-9a-f]{16}$/),
  shardIndex: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  start,
  issuedAtMs: fc.integer({ min: 0, max: 4e12 }),
});

const EXAMPLE: ShardIterator = {
  streamName: "clicks",
  generation: "5c1f09ab27de4410",
  shardIndex: 3,
  start: { kind: "record", blockIndex: 12, position: 7 },
  issuedAtMs: 1_700_000_000_000,
};

test("an iterator gives back what it was made of", () => {
  fc.assert(
    fc.property(iterators, (iterator) => {
      const token = formatIterator(SECRET, systemRandom, iterator);
      expect(token.length).toBeLessThanOrEqual(512);
      expect(parseIterator(SECRET, token)).toEqual(iterator);
    }),
  );
});

test("two iterators of the same place differ", () => {
  const one = formatIterator(SECRET, systemRandom, EXAMPLE);
  const other = formatIterator(SECRET, systemRandom, EXAMPLE);
  expect(one).not.toBe(other);
});

test("an iterator may come back in quotes", () => {
  const token = formatIterator(SECRET, systemRandom, EXAMPLE);
  expect(parseIterator(SECRET, `"${token}"`)).toEqual(EXAMPLE);
  expect(parseIterator(SECRET, `"${token}`)).toBeUndefined();
});

test("another token of ours is no iterator", () => {
  const token = sealToken(SECRET, "next token of shards", Buffer.alloc(60));
  expect(parseIterator(SECRET, token)).toBeUndefined();
});

test.each(["", '""', "AAAAAAAAAAE=", "x".repeat(512)])("%j is no iterator", (text) => {
  expect(parseIterator(SECRET, text)).toBeUndefined();
});
