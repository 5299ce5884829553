/** A stream's shards under any series of splits, merges and scalings, without a store. */
import fc from "fast-check";
import { expect } from "vitest";
import { HASH_KEY_MAX } from "../../../src/log/hash-key.ts";
import { scalingSteps } from "../../../src/streams/scaling.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import { mergeShards, type Reshard, splitShard } from "../../../src/streams/split-and-merge.ts";
import type { Shard } from "../../../src/streams/stream.ts";

export const CREATED_AT_MS = 1_700_000_000_000;

export interface World {
  readonly shards: readonly Shard[];
  readonly nowMs: number;
  /** When something changed. */
  readonly changedAtMs: readonly number[];
}

/** Numbers choose: a shard by its turn among the open ones, a bound by its share of the range. */
export type Change = { readonly afterMs: number } & (
  | { readonly kind: "split"; readonly shard: number; readonly at: number }
  | { readonly kind: "merge"; readonly shard: number }
  | { readonly kind: "scale"; readonly to: number }
);

const afterMs = fc.integer({ min: 0, max: 5000 });

export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("split" as const),
      shard: fc.nat(100),
      at: fc.nat(1000),
      afterMs,
    }),
    fc.record({ kind: fc.constant("merge" as const), shard: fc.nat(100), afterMs }),
    fc.record({ kind: fc.constant("scale" as const), to: fc.integer({ min: 1, max: 9 }), afterMs }),
  ),
  { maxLength: 8 },
);

export function newWorld(shardCount: number): World {
  return {
    shards: initialShards(shardCount, CREATED_AT_MS),
    nowMs: CREATED_AT_MS,
    changedAtMs: [],
  };
}

/** The worlds after each step; a change that its rules refuse makes none. */
export function applied(world: World, change: Change): readonly World[] {
  const nowMs = world.nowMs + change.afterMs;
  const worlds: World[] = [];
  let current = { ...world, nowMs };
  for (const step of stepsOf(current, change)) {
    current = done(current, step);
    worlds.push(current);
  }
  return worlds;
}

function stepsOf({ shards, nowMs }: World, change: Change): readonly Reshard[] {
  const open = openShards(shards);
  const moment = { nextIndex: shards.length, nowMs };
  if (change.kind === "scale") {
    return scalingSteps(open, { targetShardCount: change.to, ...moment });
  }
  const at = change.shard % open.length;
  const shard = open[at]!;
  const reshard =
    change.kind === "merge"
      ? open[at + 1] && mergeShards(shard, open[at + 1]!, moment)
      : splitShard(shard, shareOf(shard, change.at), moment);
  return reshard ? [reshard] : [];
}

function shareOf({ range: { start, end } }: Shard, perMille: number): bigint {
  return start + ((end - start) * BigInt(perMille)) / 1000n;
}

/** Parents are closed a moment after the plan, as sealing takes its time. */
export function done(world: World, { parentIndexes, children }: Reshard): World {
  const nowMs = world.nowMs + 700;
  const shards = world.shards.map((shard) =>
    parentIndexes.includes(shard.index)
      ? { ...shard, closed: { atMs: nowMs, finalBlockIndex: 3, childIndexes: [] } }
      : shard,
  );
  return { shards: [...shards, ...children], nowMs, changedAtMs: [...world.changedAtMs, nowMs] };
}

/** Exactly once each, from 0 to 2^128 - 1. */
export function expectCoverage(shards: readonly Shard[]): void {
  const sorted = shards.toSorted((a, b) => (a.range.start < b.range.start ? -1 : 1));
  let next = 0n;
  for (const { range } of sorted) {
    expect(range.start).toBe(next);
    expect(range.end >= range.start).toBe(true);
    next = range.end + 1n;
  }
  expect(next).toBe(HASH_KEY_MAX + 1n);
}
