import { expect, test } from "vitest";
import type { Block, ShardKey } from "../../../src/log/store.ts";
import { nextSpan, type ShardRetention } from "../../../src/readers/span.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const START_MS = 1_000_000_000;
const RETENTION_MS = 86_400_000;
const retention = { retentionMs: RETENTION_MS, shardCreatedAtMs: START_MS - 10 * RETENTION_MS };

/** Ten bytes and one record per block. */
async function setUp(present: readonly number[], reservedCount: number) {
  const log = memoryLog();
  log.open(SHARD);
  for (let i = 0; i < reservedCount; i++)
    await log.reserve(SHARD, { recordCount: 1, byteCount: 10 });
  for (const index of present) await log.write(blockOf(index));
  const clock = steppingClock(START_MS);
  const from = { blockIndex: 0, byteOffset: 0 };
  return {
    log,
    clock,
    next: (sizeBytes = 1000, start = from, kept: ShardRetention = retention) =>
      nextSpan({ log, clock, shard: SHARD, from: start, sizeBytes, retention: kept }),
  };
}

function blockOf(index: number, arrivedAtMs = START_MS - 1000 + index): Block {
  return {
    kind: "data",
    shard: SHARD,
    index,
    firstRecord: index,
    recordCount: 1,
    byteOffset: index * 10,
    byteCount: 10,
    arrivedAtMs,
    expiresAtMs: arrivedAtMs + RETENTION_MS,
    token: `t${index}`,
    body: { kind: "inline", bytes: Uint8Array.of(0) },
  };
}

test("ends at the block that reaches the size, else at the end", async () => {
  const { next } = await setUp([0, 1, 2, 3], 4);
  expect(await next(15)).toMatchObject({ to: { blockIndex: 2, byteOffset: 20 }, recordCount: 2 });
  expect(await next()).toMatchObject({
    to: { blockIndex: 4, byteOffset: 40 },
    oldestArrivedAtMs: START_MS - 1000,
  });
});

test("goes on beyond the size where several times as much waits, if it may", async () => {
  const indexes = Array.from({ length: 10 }, (_, i) => i);
  const { log, clock } = await setUp(indexes, 10);
  const next = (sizeBytes: number, mayBeRaised: boolean) => {
    const from = { blockIndex: 0, byteOffset: 0 };
    return nextSpan({ log, clock, shard: SHARD, from, sizeBytes, mayBeRaised, retention });
  };
  expect((await next(20, false))?.to.blockIndex).toBe(2);
  expect((await next(20, true))?.to.blockIndex).toBe(10);
  // Less than four buffers.
  expect((await next(26, true))?.to.blockIndex).toBe(3);
});

test("is nothing when everything was read", async () => {
  const { next } = await setUp([0], 1);
  expect(await next(1000, { blockIndex: 1, byteOffset: 10 })).toBeUndefined();
});

test("ends before the last blocks that are on their way, without waiting", async () => {
  const { next, clock } = await setUp([0], 3);
  expect(await next()).toMatchObject({ to: { blockIndex: 1, byteOffset: 10 } });
  expect(clock.now()).toBe(START_MS);
});

test("goes over holes in its midst, all closed after one wait, and over tombstones", async () => {
  const present = Array.from({ length: 50 }, (_, i) => 2 * i);
  const { next, clock } = await setUp(present, 101);
  const whole = { to: { blockIndex: 99, byteOffset: 990 }, recordCount: 50 };
  expect(await next()).toMatchObject(whole);
  expect(clock.now()).toBe(START_MS + 2000);
  expect(await next()).toMatchObject(whole);
  expect(clock.now()).toBe(START_MS + 2000);
});

test("waits for a block at its beginning until it comes", async () => {
  const { next, clock, log } = await setUp([1], 2);
  const span = next();
  void clock.sleep(500).then(() => log.write(blockOf(0)));
  expect(await span).toMatchObject({ to: { blockIndex: 2 }, recordCount: 2 });
});

test("closes what never comes, the last reserved block too, and agrees with the head's bytes", async () => {
  const { next, clock } = await setUp([], 3);
  expect(await next()).toEqual({
    from: { blockIndex: 0, byteOffset: 0 },
    to: { blockIndex: 3, byteOffset: 30 },
    recordCount: 0,
    oldestArrivedAtMs: undefined,
  });
  expect(clock.now()).toBe(START_MS + 2000);
});

test("leaps over what expired and was removed, however much it was", async () => {
  const { next, log, clock } = await setUp([], 5000);
  const old = START_MS - 2 * RETENTION_MS;
  await log.write(blockOf(4990, old));
  expect(await next()).toEqual({
    from: { blockIndex: 0, byteOffset: 0 },
    to: { blockIndex: 4991, byteOffset: 49_910 },
    recordCount: 0,
    oldestArrivedAtMs: undefined,
    expiredCount: 1,
  });
  expect(clock.now()).toBe(START_MS);
});

test("passes expired blocks that still stand, in one step, and counts their bytes as passed", async () => {
  const { next, log, clock } = await setUp([], 3000);
  const old = START_MS - 2 * RETENTION_MS;
  for (let index = 0; index < 2990; index++) await log.write(blockOf(index, old));
  for (let index = 2990; index < 3000; index++) await log.write(blockOf(index));
  const first = await next();
  expect(first).toMatchObject({ to: { blockIndex: 2990, byteOffset: 29_900 }, recordCount: 0 });
  expect(first?.expiredCount).toBe(2990);
  expect(await next(1000, first!.to)).toMatchObject({ to: { blockIndex: 3000 }, recordCount: 10 });
  expect(clock.now()).toBe(START_MS);
});

test("goes on through expired blocks that stand among younger ones", async () => {
  const { next, log } = await setUp([], 4);
  const edge = START_MS - RETENTION_MS;
  for (const [index, afterMs] of [-5, 10, -5, 10].entries()) {
    await log.write(blockOf(index, edge + afterMs));
  }
  expect(await next()).toMatchObject({
    to: { blockIndex: 4, byteOffset: 40 },
    recordCount: 2,
    oldestArrivedAtMs: edge + 10,
  });
});

test("goes by the arrival of a block, and by what was trimmed, not by its expiry in the store", async () => {
  const { next, log } = await setUp([], 2);
  const longer = { ...retention, retentionMs: 2 * RETENTION_MS };
  const yesterday = START_MS - 1.5 * RETENTION_MS;
  await log.write(blockOf(0, yesterday));
  await log.write(blockOf(1, yesterday + 10));
  expect(await next(1000, undefined, longer)).toMatchObject({ recordCount: 2 });
  const trimmed = { ...longer, trimmedBeforeMs: yesterday + 5 };
  expect(await next(1000, undefined, trimmed)).toMatchObject({ recordCount: 1 });
});

test("says that it is the last when its shard is closed and ends with it", async () => {
  const { next, log } = await setUp([0, 1], 2);
  expect(await next()).not.toHaveProperty("isLast");
  log.seal(SHARD);
  expect(await next(5)).not.toHaveProperty("isLast");
  expect(await next()).toMatchObject({ to: { blockIndex: 2 }, isLast: true });
});
