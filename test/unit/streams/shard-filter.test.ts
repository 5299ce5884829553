import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listedShards, type ShardFilter } from "../../../src/streams/shard-filter.ts";
import type { Shard } from "../../../src/streams/stream.ts";
import { applied, changes, CREATED_AT_MS, expectCoverage, newWorld } from "./reshards.ts";

const HOUR_MS = 3_600_000;
const T = CREATED_AT_MS;

/** 0 was split into 1 and 2 after an hour; these were merged into 3 an hour later, 1 closed before 2. */
const SHARDS: readonly Shard[] = [
  { index: 0, range: { start: 0n, end: 99n }, createdAtMs: T, closed: closedAt(HOUR_MS) },
  {
    index: 1,
    range: { start: 0n, end: 49n },
    createdAtMs: T + HOUR_MS + 1000,
    parentIndex: 0,
    closed: closedAt(2 * HOUR_MS),
  },
  {
    index: 2,
    range: { start: 50n, end: 99n },
    createdAtMs: T + HOUR_MS + 1000,
    parentIndex: 0,
    closed: closedAt(2 * HOUR_MS + 10),
  },
  {
    index: 3,
    range: { start: 0n, end: 99n },
    createdAtMs: T + 2 * HOUR_MS + 1000,
    parentIndex: 1,
    adjacentParentIndex: 2,
  },
];

function closedAt(afterMs: number) {
  return { atMs: T + afterMs, finalBlockIndex: 5, childIndexes: [] };
}

function listed(filter: ShardFilter | undefined, nowMs: number, retentionMs = 24 * HOUR_MS) {
  return listedShards(SHARDS, { nowMs, retentionMs }, filter).map(({ index }) => index);
}

const NOW = T + 3 * HOUR_MS;

describe("a filter lists", () => {
  test.each<[string, ShardFilter | undefined, readonly number[]]>([
    ["everything when it is absent", undefined, [0, 1, 2, 3]],
    ["everything from the trim horizon", { type: "FROM_TRIM_HORIZON" }, [0, 1, 2, 3]],
    ["what was open at the trim horizon", { type: "AT_TRIM_HORIZON" }, [0]],
    ["what is open", { type: "AT_LATEST" }, [3]],
    ["what comes after an id", { type: "AFTER_SHARD_ID", shardIndex: 1 }, [2, 3]],
  ])("%s", (_, filter, indexes) => {
    expect(listed(filter, NOW)).toEqual(indexes);
  });

  test.each<[number, readonly number[], readonly number[]]>([
    [-HOUR_MS, [0], [0, 1, 2, 3]],
    [0, [0], [0, 1, 2, 3]],
    [HOUR_MS, [0], [0, 1, 2, 3]],
    [HOUR_MS + 1, [1, 2], [1, 2, 3]],
    [2 * HOUR_MS, [1, 2], [1, 2, 3]],
    // Parents of a merge hand over together.
    [2 * HOUR_MS + 10, [1, 2], [1, 2, 3]],
    [2 * HOUR_MS + 11, [3], [3]],
    [3 * HOUR_MS, [3], [3]],
    [99 * HOUR_MS, [3], [3]],
  ])("%i ms after the creation: %j then, %j since", (afterMs, at, from) => {
    const timestampMs = T + afterMs;
    expect(listed({ type: "AT_TIMESTAMP", timestampMs }, NOW)).toEqual(at);
    expect(listed({ type: "FROM_TIMESTAMP", timestampMs }, NOW)).toEqual(from);
  });
});

describe("an expired shard", () => {
  const expiry = T + HOUR_MS + 24 * HOUR_MS;

  test("is listed until the last moment at which it could hold a record", () => {
    expect(listed(undefined, expiry)).toEqual([0, 1, 2, 3]);
    expect(listed(undefined, expiry + 1)).toEqual([1, 2, 3]);
    expect(listed({ type: "AT_TRIM_HORIZON" }, expiry + 1)).toEqual([1, 2]);
  });

  test("is not listed for a time before the horizon either", () => {
    const filter = { type: "AT_TIMESTAMP", timestampMs: T } as const;
    expect(listed(filter, expiry + 1)).toEqual([1, 2]);
    expect(listed({ ...filter, type: "FROM_TIMESTAMP" }, expiry + 1)).toEqual([1, 2, 3]);
    expect(listed({ type: "AFTER_SHARD_ID", shardIndex: -1 }, expiry + 1)).toEqual([1, 2, 3]);
  });

  test("leaves the open ones, however old they are", () => {
    expect(listed(undefined, T + 10_000 * HOUR_MS)).toEqual([3]);
  });

  test("is missed by nobody: its children need no parent in the list", () => {
    const remaining = SHARDS.slice(1);
    const window = { nowMs: expiry + 1, retentionMs: 24 * HOUR_MS };
    const shown = listedShards(remaining, window, { type: "AT_TRIM_HORIZON" });
    expect(shown.map(({ index }) => index)).toEqual([1, 2]);
  });
});

test("at any moment of any stream the shards listed for it cover every hash key once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      changes,
      fc.integer({ min: 0, max: 60_000 }),
      (count, series, retentionMs) => {
        const worlds = [newWorld(count)];
        for (const change of series) worlds.push(...applied(worlds.at(-1)!, change));
        const { shards, nowMs, changedAtMs } = worlds.at(-1)!;
        const window = { nowMs, retentionMs };
        for (const changeMs of [CREATED_AT_MS, ...changedAtMs, nowMs]) {
          for (const timestampMs of [changeMs - 1, changeMs, changeMs + 1, changeMs + 500]) {
            expectCoverage(listedShards(shards, window, { type: "AT_TIMESTAMP", timestampMs }));
          }
        }
        expectCoverage(listedShards(shards, window, { type: "AT_TRIM_HORIZON" }));
        expectCoverage(listedShards(shards, window, { type: "AT_LATEST" }));
      },
    ),
    { numRuns: 50 },
  );
});
