import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parentIndexes } from "../../../src/streams/lineage.ts";
import { scalingSteps } from "../../../src/streams/scaling.ts";
import { openShards, uniformRanges } from "../../../src/streams/shard-map.ts";
import {
  endingSequenceNumber,
  startingSequenceNumber,
} from "../../../src/streams/shard-sequence.ts";
import type { Shard } from "../../../src/streams/stream.ts";
import { applied, changes, done, expectCoverage, newWorld, type World } from "./reshards.ts";

/** Streams with a history, and a number of shards to bring them to. */
const scalings = fc
  .record({
    count: fc.integer({ min: 1, max: 12 }),
    series: changes,
    targetShardCount: fc.integer({ min: 1, max: 24 }),
  })
  .map(({ count, series, targetShardCount }) => {
    let world = newWorld(count);
    for (const change of series) world = applied(world, change).at(-1) ?? world;
    return { world, targetShardCount };
  });

function scaled(world: World, targetShardCount: number): readonly World[] {
  const { shards, nowMs } = world;
  const moment = { nextIndex: shards.length, nowMs };
  const steps = scalingSteps(openShards(shards), { targetShardCount, ...moment });
  const worlds: World[] = [];
  for (const step of steps) worlds.push(done(worlds.at(-1) ?? world, step));
  return worlds;
}

describe("scaling", () => {
  test("ends with as many shards as wanted, of one width but for a few keys", () => {
    fc.assert(
      fc.property(scalings, ({ world, targetShardCount }) => {
        const open = openShards(scaled(world, targetShardCount).at(-1)!.shards);
        expect(open).toHaveLength(targetShardCount);
        expectCoverage(open);
        for (const [i, { start }] of uniformRanges(targetShardCount).entries()) {
          const off = open[i]!.range.start - start;
          expect(off < 2n ** 33n && off > -(2n ** 33n)).toBe(true);
        }
      }),
    );
  });

  test("covers every hash key once after each step", () => {
    fc.assert(
      fc.property(scalings, ({ world, targetShardCount }) => {
        for (const { shards } of scaled(world, targetShardCount)) {
          expectCoverage(openShards(shards));
        }
      }),
    );
  });

  test("closes every shard that was open", () => {
    fc.assert(
      fc.property(scalings, ({ world, targetShardCount }) => {
        const before = openShards(world.shards).map(({ index }) => index);
        const after = openShards(scaled(world, targetShardCount).at(-1)!.shards);
        expect(after.filter(({ index }) => before.includes(index))).toEqual([]);
      }),
    );
  });

  test("gives every shard older parents that are closed, touch each other and cover it", () => {
    fc.assert(
      fc.property(scalings, ({ world, targetShardCount }) => {
        const { shards } = scaled(world, targetShardCount).at(-1)!;
        for (const child of shards.slice(world.shards.length)) {
          const parents = parentIndexes(child).map((index) => shards[index]!);
          const [lower, upper = lower] = parents as [Shard, Shard?];
          expect(lower.range.start <= child.range.start).toBe(true);
          expect(upper.range.end >= child.range.end).toBe(true);
          if (upper !== lower) expect(lower.range.end + 1n).toBe(upper.range.start);
          for (const parent of parents) {
            expect(parent.closed).toBeDefined();
            expect(parent.index).toBeLessThan(child.index);
            expect(BigInt(startingSequenceNumber(child))).toBeGreaterThan(
              BigInt(endingSequenceNumber(parent)!),
            );
          }
        }
      }),
    );
  });

  test("goes on from whatever steps are done to the same end", () => {
    fc.assert(
      fc.property(scalings, fc.nat(), ({ world, targetShardCount }, stopped) => {
        const worlds = scaled(world, targetShardCount);
        const standing = worlds[stopped % worlds.length]!;
        const steps = scalingSteps(openShards(standing.shards), {
          targetShardCount,
          nextIndex: standing.shards.length,
          firstNewIndex: world.shards.length,
          nowMs: standing.nowMs,
        });
        expect(steps).toHaveLength(worlds.length - 1 - (stopped % worlds.length));
        const end = steps.reduce(done, standing);
        expect(openShards(end.shards).map(({ range }) => range)).toEqual(
          openShards(worlds.at(-1)!.shards).map(({ range }) => range),
        );
      }),
    );
  });

  test("creates no shard in the future where the old ones are a minute old", () => {
    const old = newWorld(5);
    const world = { ...old, nowMs: old.nowMs + 60_000 };
    for (const targetShardCount of [3, 7, 10]) {
      const { shards } = scaled(world, targetShardCount).at(-1)!;
      expect(Math.max(...shards.map(({ createdAtMs }) => createdAtMs))).toBe(world.nowMs);
    }
  });

  test("from three shards to two splits the middle one and merges its halves to the sides", () => {
    const { shards } = scaled(newWorld(3), 2).at(-1)!;
    const lineage = shards.map((shard) => [shard.index, ...parentIndexes(shard)]);
    expect(lineage).toEqual([[0], [1], [2], [3, 1], [4, 1], [5, 0, 3], [6, 4, 2]]);
    expect(openShards(shards).map(({ index }) => index)).toEqual([5, 6]);
  });

  test("of ten thousand shards is planned in bounded work", () => {
    const { shards, nowMs } = newWorld(5001);
    const steps = scalingSteps(shards, { targetShardCount: 10_000, nextIndex: 5001, nowMs });
    const children = steps.flatMap((step) => step.children);
    expect(children.filter(({ closed }) => closed === undefined)).toHaveLength(10_000);
    expect(children.length).toBeLessThan(30_000);
  });
});
