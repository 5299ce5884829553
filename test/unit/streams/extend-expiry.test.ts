/** Raising a retention against the store's own removal of what expires, in virtual time. */
import { describe, expect, it } from "vitest";
import {
  EXTENSION_PAUSE_MIN_MS,
  HOURS_TO_MS,
  STREAMS_SWEEP_BUDGET_MS,
} from "../../../src/limits.ts";
import { lifetimeMs } from "../../../src/log/lifetime.ts";
import type { BlockExpiry } from "../../../src/log/store.ts";
import { systemRandom } from "../../../src/random.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { extendExpiry, type ExtendedStream } from "../../../src/streams/extend-expiry.ts";
import { initialShards } from "../../../src/streams/shard-map.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { newDataStream } from "../../helpers/data-stream.ts";

const START_MS = Date.UTC(2026, 10, 1);
const DAY_MS = 24 * HOURS_TO_MS;
const BLOCK_COUNT = 2000;
/** Of the memory twin. */
const PAGE_BLOCKS = 10;

/** A stream into which a day's blocks were put at one pace, shard after shard; its retention is raised as the first ends. */
async function setUp(shardCount: number, lifeMs = lifetimeMs(DAY_MS)) {
  let nowMs = START_MS;
  const log = memoryLog();
  const dataStreams = memoryStreams(log);
  const clock = {
    now: () => nowMs,
    async sleep(durationMs: number) {
      nowMs += durationMs;
      slept.push(durationMs);
    },
  };
  const slept: number[] = [];
  const stream = { ...newDataStream("clicks", shardCount, START_MS), status: "ACTIVE" as const };
  await dataStreams.create(stream);
  await dataStreams.addShards(stream, initialShards(shardCount, START_MS));
  const stepMs = DAY_MS / BLOCK_COUNT;
  for (let i = 0; i < BLOCK_COUNT; i++) {
    const shard = dataShardKey(stream, i % shardCount);
    const arrivedAtMs = START_MS + i * stepMs;
    const reserved = await log.reserve(shard, { recordCount: 1, byteCount: 1, arrivedAtMs });
    if (reserved.kind !== "reserved") throw new Error(reserved.kind);
    if (reserved.mark) await log.leaveMark(shard, reserved.mark);
    await log.write({
      kind: "data",
      shard,
      index: reserved.blockIndex,
      firstRecord: reserved.firstRecord,
      recordCount: 1,
      byteOffset: reserved.byteOffset,
      byteCount: 1,
      arrivedAtMs,
      expiresAtMs: arrivedAtMs + lifeMs,
      token: `t${i}`,
      body: { kind: "inline", bytes: Uint8Array.of(1) },
    });
  }
  nowMs = START_MS + DAY_MS;
  const extended: ExtendedStream = {
    ...stream,
    revision: stream.revision + 1,
    retentionHours: 7 * 24,
    trimmedBeforeMs: START_MS,
    extension: stream.revision + 1,
  };
  await dataStreams.update(extended);
  return {
    log,
    stream: extended,
    stepMs,
    slept,
    advance: (ms: number) => {
      nowMs += ms;
      // As promptly as the store can.
      log.expire(nowMs);
    },
    run: (blockExpiry: BlockExpiry) =>
      extendExpiry(
        { dataStreams, blockExpiry, bodies: memoryBodies(systemRandom), clock },
        [extended],
        nowMs + STREAMS_SWEEP_BUDGET_MS,
        (_, error) => {
          throw error;
        },
      ),
    async standing() {
      let count = 0;
      for (let i = 0; i < shardCount; i++) {
        const range = { shard: dataShardKey(stream, i), from: 0, to: BLOCK_COUNT };
        for await (const _ of log.read(range)) count++;
      }
      return count;
    },
  };
}

describe("a walk through a day's blocks", () => {
  it.each([1, 4])(
    "loses none although blocks came faster than it goes, over %i shards and many runs",
    async (shardCount) => {
      const { log, stepMs, advance, run, standing } = await setUp(shardCount);
      const pageMs = (PAGE_BLOCKS * stepMs) / 0.9;
      let runs = 0;
      const slow: BlockExpiry = {
        ...log,
        async extendExpiry(...page) {
          advance(pageMs);
          return log.extendExpiry(...page);
        },
      };
      while (!(await run(slow))) runs++;
      expect(runs).toBeGreaterThan(10);
      expect(await standing()).toBe(BLOCK_COUNT);
      advance(4 * DAY_MS);
      expect(await standing()).toBe(BLOCK_COUNT);
    },
  );

  it("would lose nearly all from the oldest on, without slack: what the scenario is there to see", async () => {
    const { log, stepMs, advance, run, standing } = await setUp(1, DAY_MS);
    let done = 0;
    const oldestFirst: BlockExpiry = {
      ...log,
      async extendExpiry({ shard, from, to }, options) {
        const page = { shard, from: done, to: done + PAGE_BLOCKS };
        done += PAGE_BLOCKS;
        advance((PAGE_BLOCKS * stepMs) / 0.9);
        await log.extendExpiry(page, options);
        return Math.max(from, to - PAGE_BLOCKS);
      },
    };
    while (!(await run(oldestFirst)));
    expect(await standing()).toBe(0);
  });

  it("begins each run where the one before it stopped", async () => {
    const { log, run, advance } = await setUp(1);
    const pages: number[] = [];
    const slow: BlockExpiry = {
      ...log,
      async extendExpiry(range, options) {
        advance(STREAMS_SWEEP_BUDGET_MS);
        pages.push(range.to);
        return log.extendExpiry(range, options);
      },
    };
    expect(await run(slow)).toBe(false);
    expect(await run(slow)).toBe(false);
    expect(pages).toEqual([2000, 1990]);
  });

  it("goes back by all shards alike, page by page", async () => {
    const { log, run } = await setUp(2);
    const pages: number[] = [];
    const watched: BlockExpiry = {
      ...log,
      async extendExpiry(range, options) {
        pages.push(range.to);
        return log.extendExpiry(range, options);
      },
    };
    expect(await run(watched)).toBe(true);
    expect(pages.slice(0, 6)).toEqual([1000, 1000, 990, 990, 980, 980]);
    expect(pages).toHaveLength(BLOCK_COUNT / PAGE_BLOCKS);
  });

  it("goes more slowly while the table is too busy, and loses nothing by it", async () => {
    const { log, run, slept, stream } = await setUp(1);
    let calls = 0;
    const busy: BlockExpiry = {
      ...log,
      async extendExpiry(...page) {
        calls += 1;
        return calls <= 3 ? "throttled" : log.extendExpiry(...page);
      },
    };
    expect(await run(busy)).toBe(true);
    const pauses = [1, 2, 4, 2, 1].map((times) => times * EXTENSION_PAUSE_MIN_MS);
    expect(slept).toEqual(pauses);
    const shard = dataShardKey(stream, 0);
    for await (const entry of log.read({ shard, from: 0, to: BLOCK_COUNT })) {
      if (entry.kind !== "data") throw new Error("a tombstone");
      expect(entry.expiresAtMs).toBe(entry.arrivedAtMs + lifetimeMs(7 * DAY_MS));
    }
  });

  it("ends where all had expired before the retention was raised", async () => {
    const { log, stream, run, advance } = await setUp(1);
    advance(0);
    let lowest = Infinity;
    const watched: BlockExpiry = {
      ...log,
      async extendExpiry(range, options) {
        lowest = Math.min(lowest, range.from);
        return log.extendExpiry(range, options);
      },
    };
    Object.assign(stream, { trimmedBeforeMs: START_MS + 12 * HOURS_TO_MS });
    expect(await run(watched)).toBe(true);
    expect(lowest).toBeGreaterThan(BLOCK_COUNT / 2 - 100);
    expect(lowest).toBeLessThanOrEqual(BLOCK_COUNT / 2);
  });
});
