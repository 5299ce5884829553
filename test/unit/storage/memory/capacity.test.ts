import { expect, test } from "vitest";
import type { Block, ShardKey } from "../../../../src/log/store.ts";
import { counterKey } from "../../../../src/storage/dynamodb/keys.ts";
import {
  createCapacity,
  readUnits,
  StoreConflict,
  StoreThrottled,
  writeUnits,
} from "../../../../src/storage/memory/capacity.ts";
import { limitedLog } from "../../../../src/storage/memory/limited-log.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";

const SHARD = "firehose/logs/00/0000" as ShardKey;
const KEY = counterKey(SHARD);
/** Of so large blocks a partition key takes fewer in a second than lie under it. */
const BODY_BYTES = 100 * 1024;
const BUSY_COUNT = 30;

function setUp(options: { readonly warmWriteUnits?: number } = {}) {
  const time = { nowMs: 0 };
  return { time, capacity: createCapacity({ now: () => time.nowMs, ...options }) };
}

/** How many of so many attempts at once are let in. */
function admitted(count: number, act: (i: number) => void): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    try {
      act(i);
      done += 1;
    } catch (error) {
      if (!(error instanceof StoreThrottled)) throw error;
    }
  }
  return done;
}

test("units are whole, at least one, of 1 KB for writes and 4 KB for reads", () => {
  expect([0, 1024, 1025].map(writeUnits)).toEqual([1, 1, 2]);
  expect([0, 4096, 4097].map(readUnits)).toEqual([1, 1, 2]);
});

test("a partition key takes a thousand write units, and as many again a second later", () => {
  const { time, capacity } = setUp();
  const write = () => capacity.write("state", KEY, 100);
  expect(admitted(3000, write)).toBe(1000);
  time.nowMs = 500;
  expect(admitted(3000, write)).toBe(500);
  time.nowMs = 60_000;
  expect(admitted(3000, write)).toBe(1000);
});

test("a new table takes four thousand over all keys, a warmed one what it was warmed to", () => {
  const keys = Array.from({ length: 20 }, (_, i) => counterKey(`${SHARD}${i}` as ShardKey));
  const write = ({ capacity }: ReturnType<typeof setUp>) =>
    admitted(20_000, (i) => capacity.write("state", keys[i % 20]!, 100));
  expect(write(setUp())).toBe(4000);
  expect(write(setUp({ warmWriteUnits: 9000 }))).toBe(9000);
});

test("a large read is let in and paid for by those after it", () => {
  const { time, capacity } = setUp();
  const read = (bytes: number) => {
    capacity.admitRead("log", KEY);
    capacity.chargeRead("log", KEY, bytes);
  };
  read(6000 * 4096);
  expect(() => read(1)).toThrow(StoreThrottled);
  time.nowMs = 2000;
  expect(() => read(1)).not.toThrow();
});

test("a transaction conflicts with a write under way, and holds its items against writes", () => {
  const { time, capacity } = setUp();
  const transact = () => capacity.transact("state", [{ key: KEY, byteCount: 100 }]);
  capacity.write("state", KEY, 100);
  expect(transact).toThrow(StoreConflict);
  time.nowMs = 2;
  transact();
  expect(() => capacity.write("state", KEY, 100)).toThrow(StoreConflict);
  time.nowMs = 20;
  expect(() => capacity.write("state", KEY, 100)).not.toThrow();
  expect(capacity.figures()).toMatchObject({ writeUnits: 4, conflicts: 2 });
});

test("a log with a capacity answers its throttles, and what is refused is not stored", async () => {
  const { capacity } = setUp();
  const memory = memoryLog();
  memory.open(SHARD);
  const log = limitedLog(memory, { capacity });
  const answers = { written: 0, throttled: 0, lost: 0 };
  for (let index = 0; index < BUSY_COUNT; index++) {
    const reserved = await log.reserve(SHARD, { recordCount: 1, byteCount: 1024 });
    expect(reserved.kind).toBe("reserved");
    answers[(await log.write(blockOf(index))).kind] += 1;
  }
  const stored = [];
  for await (const entry of memory.read({ shard: SHARD, from: 0, to: BUSY_COUNT }))
    stored.push(entry);
  expect(answers.written).toBe(stored.length);
  expect(answers.written + answers.throttled).toBe(BUSY_COUNT);
  expect(answers.throttled).toBeGreaterThan(0);
  await expect(async () => {
    for (;;) await log.fill(SHARD, BUSY_COUNT, 1);
  }).rejects.toThrow(StoreThrottled);
});

function blockOf(index: number): Block {
  return {
    kind: "data",
    shard: SHARD,
    index,
    firstRecord: index,
    recordCount: 1,
    byteOffset: index * 1024,
    byteCount: 1024,
    arrivedAtMs: 0,
    expiresAtMs: 1,
    token: String(index),
    body: { kind: "inline", bytes: new Uint8Array(BODY_BYTES) },
  };
}
