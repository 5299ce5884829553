import { describe, expect, it } from "vitest";
import type { ShardKey } from "../../../src/log/store.ts";
import { memoryReadWindows } from "../../../src/storage/memory/read-windows.ts";
import { countBytes, takeCall } from "../../../src/streams/read-limit.ts";

const SHARD = "kinesis/s/g/0000000000" as ShardKey;
const OTHER = "kinesis/s/g/0000000001" as ShardKey;
const MIB = 1024 * 1024;

function setUp() {
  let nowMs = 1_795_428_000_000;
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const ports = { readWindows: memoryReadWindows(), clock };
  const take = (shard = SHARD) => takeCall(ports, shard);
  return {
    take,
    takeMany: (count: number) => Promise.all(Array.from({ length: count }, () => take())),
    answer: (byteCount: number) => countBytes(ports, SHARD, byteCount),
    to: (second: number) => void (nowMs = 1_795_428_000_000 + 1000 * second),
  };
}

describe("a limited shard", () => {
  it("takes five calls a second, however many come at once", async () => {
    const { takeMany, to } = setUp();
    expect((await takeMany(20)).filter(Boolean)).toHaveLength(5);
    to(0.999);
    expect(await takeMany(1)).toEqual([false]);
    to(1);
    expect((await takeMany(20)).filter(Boolean)).toHaveLength(5);
  });

  it("leaves the other shards their own", async () => {
    const { take, takeMany } = setUp();
    await takeMany(6);
    expect(await take(OTHER)).toBe(true);
  });

  it("answers up to 2 MiB a second, and what goes beyond before it says no", async () => {
    const { take, answer, to } = setUp();
    await take();
    await answer(2 * MIB - 1);
    expect(await take()).toBe(true);
    await answer(2);
    expect(await take()).toBe(false);
    to(1);
    expect(await take()).toBe(true);
    await answer(2 * MIB - 1);
    // One byte was owed.
    expect(await take()).toBe(false);
  });

  it("rests after 10 MiB until five seconds have paid for them", async () => {
    const { take, answer, to } = setUp();
    await take();
    await answer(10 * MIB);
    for (const second of [0, 1, 2, 3, 4.999]) {
      to(second);
      expect(await take()).toBe(false);
    }
    to(5);
    expect(await take()).toBe(true);
  });

  it("counts an answer that came late against the window that stands", async () => {
    const { take, answer, to } = setUp();
    await take();
    to(3);
    await take();
    await answer(2 * MIB);
    expect(await take()).toBe(false);
  });

  it("counts all answers of calls that run at once", async () => {
    const { takeMany, answer, take } = setUp();
    await takeMany(4);
    await Promise.all([1, 2, 3, 4].map(() => answer(MIB / 2)));
    expect(await take()).toBe(false);
  });

  it("shares the window of a clock that is ahead", async () => {
    const { take, takeMany, to } = setUp();
    to(1);
    await takeMany(3);
    to(0);
    expect(await takeMany(3)).toEqual([true, true, false]);
    to(2);
    expect(await take()).toBe(true);
  });
});
