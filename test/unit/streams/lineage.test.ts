import { describe, expect, test } from "vitest";
import {
  childShards,
  lifetimes,
  parentIndexes,
  settledShards,
} from "../../../src/streams/lineage.ts";
import { listedShards } from "../../../src/streams/shard-filter.ts";
import { mergeShards, splitShard } from "../../../src/streams/split-and-merge.ts";
import type { Shard } from "../../../src/streams/stream.ts";
import { CREATED_AT_MS, done, expectCoverage, newWorld } from "./reshards.ts";

const world = newWorld(2);
const [zero, one] = world.shards as [Shard, Shard];
const moment = { nextIndex: 2, nowMs: world.nowMs };
const split = splitShard(zero, 100n, moment)!;
const merge = mergeShards(zero, one, moment)!;

describe("children and parents", () => {
  test("of a split: two children, of one parent each", () => {
    const { shards } = done(world, split);
    expect(childShards(shards, 0)).toEqual(split.children);
    expect(split.children.map(parentIndexes)).toEqual([[0], [0]]);
    expect(childShards(shards, 1)).toEqual([]);
  });

  test("of a merge: one child, of both parents", () => {
    const { shards } = done(world, merge);
    expect(childShards(shards, 0)).toEqual(merge.children);
    expect(childShards(shards, 1)).toEqual(merge.children);
    expect(merge.children.map(parentIndexes)).toEqual([[0, 1]]);
  });

  test("of a new stream: none", () => {
    expect(parentIndexes(zero)).toEqual([]);
    expect(childShards(world.shards, 0)).toEqual([]);
  });
});

describe("a lifetime", () => {
  test("goes from the parent's end to the shard's own", () => {
    const { shards, nowMs } = done(world, split);
    expect([...lifetimes(shards).values()]).toEqual([
      { fromMs: -Infinity, untilMs: nowMs },
      { fromMs: -Infinity, untilMs: Infinity },
      { fromMs: nowMs + 1, untilMs: Infinity },
      { fromMs: nowMs + 1, untilMs: Infinity },
    ]);
  });

  test("of a shard that came and went within a step is empty", () => {
    const closed = { atMs: CREATED_AT_MS, finalBlockIndex: 0, childIndexes: [] };
    const [lower, upper] = split.children as [Shard, Shard];
    const { shards, nowMs } = done(world, {
      parentIndexes: [0],
      children: [lower, { ...upper, closed }],
    });
    expect(lifetimes(shards).get(upper.index)).toEqual({ fromMs: nowMs + 1, untilMs: nowMs });
  });
});

describe("while a reshard is under way", () => {
  const open = world.shards;
  const { shards } = done(world, split);
  const [lower, upper] = split.children as [Shard, Shard];
  const [closedZero] = shards as [Shard];

  test.each<[string, readonly Shard[]]>([
    ["before anything is done", open],
    ["when one child is there", [zero, one, lower]],
    ["when both are", [zero, one, lower, upper]],
    ["when the parent is closed", [closedZero, one, lower, upper]],
  ])("whoever lists shards sees the stream as it was: %s", (_, standing) => {
    expect(settledShards({ pendingReshard: split }, standing)).toEqual(open);
  });

  test("afterwards the stream as it is", () => {
    expect(settledShards({}, shards)).toBe(shards);
  });

  test("even a list that does not ask what is settled has every hash key once", () => {
    const window = { nowMs: world.nowMs, retentionMs: 1000 };
    for (const standing of [[zero, one, lower], [zero, one, lower, upper], shards]) {
      expectCoverage(listedShards(standing, window, { type: "AT_LATEST" }));
    }
  });
});
