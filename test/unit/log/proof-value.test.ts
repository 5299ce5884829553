import fc from "fast-check";
import { expect, test } from "vitest";
import { packProof, unpackProof } from "../../../src/log/proof-value.ts";
import { BLOCK_INDEX_MAX } from "../../../src/log/sequence.ts";

const NOW_MS = 1_795_428_000_000;

const recordsArbitrary = fc
  .uniqueArray(fc.nat(499), { maxLength: 500 })
  .map((records) => records.toSorted((a, b) => a - b));
const placeArbitrary = fc.record({
  shardNumber: fc.nat(1_000_000),
  blockIndex: fc.maxSafeNat().map((n) => n % (BLOCK_INDEX_MAX + 1)),
  position: fc.nat(65_535),
  arrivedAtMs: fc.nat(3_600_000).map((later) => NOW_MS + later),
  records: recordsArbitrary,
});

test("what is packed comes back", () => {
  const proofs = fc.record({ places: fc.array(placeArbitrary), refused: recordsArbitrary });
  fc.assert(
    fc.property(proofs, (proof) => {
      expect(unpackProof(packProof(proof))).toEqual(proof);
    }),
  );
});

test("what ends early is refused", () => {
  const place = { shardNumber: 1, blockIndex: 2, position: 0, arrivedAtMs: NOW_MS, records: [0] };
  const packed = packProof({ places: [place], refused: [] });
  for (let length = 0; length < packed.length; length++) {
    expect(() => unpackProof(packed.subarray(0, length))).toThrow("past the end");
  }
});

test("a call of five hundred records takes a write unit or few", () => {
  const inShards = (shardCount: number) =>
    packProof({
      places: Array.from({ length: shardCount }, (_, i) => ({
        shardNumber: 9000 + i,
        blockIndex: 1_000_000_000 + 977 * i,
        position: 0,
        arrivedAtMs: NOW_MS + (i % 3),
        // As keys fall: neighbours of a call go to different shards.
        records: Array.from({ length: 500 / shardCount }, (_row, row) => row * shardCount + i),
      })),
      refused: [],
    }).length;
  expect(inShards(1)).toBeLessThan(30);
  expect(inShards(10)).toBeLessThan(1024);
  expect(inShards(500)).toBeLessThan(6 * 1024);
});
