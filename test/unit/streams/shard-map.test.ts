import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HASH_KEY_MAX, hashKeyOf } from "../../../src/log/hash-key.ts";
import {
  findOpenShard,
  initialShards,
  openShards,
  shardMap,
  uniformRanges,
} from "../../../src/streams/shard-map.ts";
import { mergeShards, splitShard } from "../../../src/streams/split-and-merge.ts";
import type { Shard } from "../../../src/streams/stream.ts";
import { applied, changes, CREATED_AT_MS, done, expectCoverage, newWorld } from "./reshards.ts";

describe("a new stream", () => {
  test("of three shards has AWS's ranges", () => {
    expect(uniformRanges(3)).toEqual([
      { start: 0n, end: 113427455640312821154458202477256070484n },
      {
        start: 113427455640312821154458202477256070485n,
        end: 226854911280625642308916404954512140969n,
      },
      { start: 226854911280625642308916404954512140970n, end: HASH_KEY_MAX },
    ]);
  });

  test("of two shards splits in the middle", () => {
    expect(uniformRanges(2)[1]?.start).toBe(170141183460469231731687303715884105728n);
  });

  test.each([1, 2, 3, 7, 10_000])("of %i shards covers every hash key once", (count) => {
    const shards = initialShards(count, CREATED_AT_MS);
    expect(shards.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, i) => i));
    expectCoverage(shards);
  });
});

describe("the shard of a key", () => {
  const holds = ({ range }: Shard, hashKey: bigint) =>
    range.start <= hashKey && hashKey <= range.end;

  test("is the open one whose range holds it, after any series of reshards", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        changes,
        fc.array(fc.bigInt({ min: 0n, max: HASH_KEY_MAX })),
        (count, series, keys) => {
          let world = newWorld(count);
          for (const change of series) world = applied(world, change).at(-1) ?? world;
          const map = shardMap(world.shards);
          const bounds = map.open.flatMap(({ range }) => [range.start, range.end]);
          for (const key of [...keys, ...bounds]) {
            const found = findOpenShard(map, key)!;
            expect(found.closed).toBeUndefined();
            expect(holds(found, key)).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is the same for every process that knows the partition key", () => {
    const map = shardMap(initialShards(3, CREATED_AT_MS));
    expect(
      ["a", "test", "partitionKey-1"].map((key) => findOpenShard(map, hashKeyOf(key))?.index),
    ).toEqual([0, 0, 1]);
  });

  test("is a child as soon as it is there, and none while it is not", () => {
    const [parent] = initialShards(1, CREATED_AT_MS) as [Shard];
    const split = splitShard(parent, 100n, { nextIndex: 1, nowMs: CREATED_AT_MS })!;
    const [lower, upper] = split.children as [Shard, Shard];
    for (const shards of [
      [parent, lower],
      [upper, lower, parent],
    ]) {
      expect(findOpenShard(shardMap(shards), 5n)).toBe(lower);
    }
    expect(findOpenShard(shardMap([parent, upper]), 5n)).toBeUndefined();
    expect(findOpenShard(shardMap([parent, lower]), 100n)).toBeUndefined();
    expect(findOpenShard(shardMap([]), 0n)).toBeUndefined();
  });
});

describe("any series of splits, merges and scalings", () => {
  test("keeps every hash key in one open shard and never uses an index again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), changes, (count, series) => {
        let world = newWorld(count);
        for (const change of series) {
          for (const next of applied(world, change)) {
            expect(next.shards.map(({ index }) => index)).toEqual(
              Array.from({ length: next.shards.length }, (_, i) => i),
            );
            expectCoverage(openShards(next.shards));
            world = next;
          }
        }
      }),
    );
  });
});

describe("a split", () => {
  const parent: Shard = { index: 4, range: { start: 10n, end: 20n }, createdAtMs: 1000 };
  const moment = { nextIndex: 7, nowMs: 9000 };

  test("gives the children the parent's range, a second after it was closed", () => {
    expect(splitShard(parent, 12n, moment)).toEqual({
      parentIndexes: [4],
      children: [
        { index: 7, range: { start: 10n, end: 11n }, createdAtMs: 10_000, parentIndex: 4 },
        { index: 8, range: { start: 12n, end: 20n }, createdAtMs: 10_000, parentIndex: 4 },
      ],
    });
  });

  test.each([
    [9n, false],
    [11n, false],
    [12n, true],
    [19n, true],
    [20n, false],
    [21n, false],
  ])("of 10 to 20 at %s is possible: %s", (newStart, possible) => {
    expect(splitShard(parent, newStart, moment) !== undefined).toBe(possible);
  });

  test("of a shard of three keys is not possible", () => {
    const narrow = { ...parent, range: { start: 10n, end: 12n } };
    for (const at of [10n, 11n, 12n]) expect(splitShard(narrow, at, moment)).toBeUndefined();
  });

  test("of a shard that is younger than now makes children that are younger still", () => {
    const young = { ...parent, createdAtMs: 9900 };
    expect(splitShard(young, 12n, moment)?.children[0]?.createdAtMs).toBe(10_900);
  });
});

describe("a merge", () => {
  const lower: Shard = { index: 3, range: { start: 0n, end: 9n }, createdAtMs: 1000 };
  const upper: Shard = { index: 1, range: { start: 10n, end: 20n }, createdAtMs: 2000 };
  const moment = { nextIndex: 7, nowMs: 9000 };

  test("names the parents in the order in which they were given", () => {
    expect(mergeShards(lower, upper, moment)).toEqual({
      parentIndexes: [3, 1],
      children: [
        {
          index: 7,
          range: { start: 0n, end: 20n },
          createdAtMs: 10_000,
          parentIndex: 3,
          adjacentParentIndex: 1,
        },
      ],
    });
  });

  test("is refused the other way round, of a shard with itself, and across a gap", () => {
    const farther = { ...upper, range: { start: 11n, end: 20n } };
    expect(mergeShards(upper, lower, moment)).toBeUndefined();
    expect(mergeShards(lower, lower, moment)).toBeUndefined();
    expect(mergeShards(lower, farther, moment)).toBeUndefined();
  });

  test("undoes a split", () => {
    const world = newWorld(1);
    const [parent] = world.shards as [Shard];
    const split = splitShard(parent, 500n, { nextIndex: 1, nowMs: world.nowMs })!;
    const [low, high] = split.children as [Shard, Shard];
    const merged = mergeShards(low, high, { nextIndex: 3, nowMs: world.nowMs })!;
    const after = done(done(world, split), merged);
    expect(openShards(after.shards)).toMatchObject([{ index: 3, range: parent.range }]);
  });
});
