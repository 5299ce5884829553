import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/clock.ts";
import { HOLE_FILL_TIMEOUT_MS } from "../../../src/limits.ts";
import { type Patience, readOn } from "../../../src/log/read-on.ts";
import type { Block, LogStore, ShardHead, ShardKey } from "../../../src/log/store.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;
const NOW_MS = 1_795_428_000_000;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A shard that is two days old. What happens in it happens in its time. */
function setUp() {
  const clock = steppingClock(NOW_MS - 2 * DAY_MS);
  const log = memoryLog({ clock });
  log.open(SHARD);
  const calls = { fills: [] as number[], lookedAtCount: 0 };
  const counted: LogStore = {
    ...log,
    fill(shard, index, expiresAtMs) {
      calls.fills.push(index);
      return log.fill(shard, index, expiresAtMs);
    },
    read(range) {
      calls.lookedAtCount += range.to - range.from;
      return log.read(range);
    },
  };

  async function until(agoMs: number): Promise<void> {
    await clock.sleep(NOW_MS - agoMs - clock.now());
  }

  /** Takes a place so long ago, and leaves its mark as writers do. */
  async function reserve(agoMs: number): Promise<Block> {
    if (clock.now() < NOW_MS - agoMs) await until(agoMs);
    const arrivedAtMs = clock.now();
    const place = await log.reserve(SHARD, { recordCount: 1, byteCount: 10, arrivedAtMs });
    if (place.kind !== "reserved") throw new Error(place.kind);
    if (place.mark) await log.leaveMark(SHARD, place.mark);
    return blockAt(place.blockIndex, arrivedAtMs);
  }

  /** The same, and writes it. */
  async function put(agoMs: number, count = 1): Promise<void> {
    for (let i = 0; i < count; i++) {
      expect(await log.write(await reserve(agoMs))).toEqual({ kind: "written" });
    }
  }

  interface Reading {
    readonly from?: number;
    readonly patience?: Patience;
    readonly byteCount?: number;
    readonly deadlineMs?: number;
    readonly log?: LogStore;
    readonly clock?: Clock;
    readonly head?: ShardHead;
    readonly endsWith?: string;
  }

  async function head(): Promise<ShardHead> {
    return (await log.head(SHARD)) as ShardHead;
  }

  async function read({ patience = "all", ...options }: Reading = {}): Promise<readonly string[]> {
    const seen: string[] = [];
    const entries = readOn(
      { log: counted, clock, ...options },
      {
        shard: SHARD,
        from: 0,
        head: await head(),
        byteCount: 1_000_000,
        patience: () => patience,
        horizonMs: clock.now() - DAY_MS,
        retentionMs: DAY_MS,
        ...options,
      },
    );
    for await (const entry of entries) {
      const { kind, index } = entry;
      seen.push(kind === "gone" ? `gone ${index} to ${entry.to}` : `${kind} ${index}`);
      if (seen.at(-1) === options.endsWith) break;
    }
    return seen;
  }

  return { clock, log: counted, calls, until, reserve, put, head, read };
}

function blockAt(index: number, arrivedAtMs: number): Block {
  return {
    kind: "data",
    shard: SHARD,
    index,
    firstRecord: index,
    recordCount: 1,
    byteOffset: index * 10,
    byteCount: 10,
    arrivedAtMs,
    expiresAtMs: arrivedAtMs + DAY_MS,
    token: `t${index}`,
    body: { kind: "inline", bytes: Uint8Array.of(0) },
  };
}

describe("holes", () => {
  it("are waited for once, all that the reader wants to read, and exactly those that stay away are closed", async () => {
    const { put, reserve, read, clock, calls, until, log } = setUp();
    const late: Block[] = [];
    for (let i = 0; i < 40; i++) {
      await put(2 * SECOND_MS);
      late.push(await reserve(2 * SECOND_MS));
    }
    await put(SECOND_MS);
    await until(0);
    const reading = read();
    await clock.sleep(500);
    // One of them comes, and one is reserved, while the reader waits.
    await log.write(late[39] as Block);
    const younger = await reserve(-500);
    const seen = await reading;
    expect(clock.now()).toBe(NOW_MS + HOLE_FILL_TIMEOUT_MS);
    expect(calls.fills).toEqual(late.slice(0, 39).map(({ index }) => index));
    expect(seen).toHaveLength(81);
    expect(seen.slice(-4)).toEqual(["tombstone 77", "data 78", "data 79", "data 80"]);
    expect(await log.write(younger)).toEqual({ kind: "written" });
  });

  it("do not hold up what they turn out to be: blocks on their way", async () => {
    const { put, reserve, read, clock, until, log, calls } = setUp();
    const [a, b] = [await reserve(SECOND_MS), await reserve(SECOND_MS)];
    await put(SECOND_MS);
    await until(0);
    const reading = read();
    await clock.sleep(150);
    await log.write(b);
    await log.write(a);
    expect(await reading).toEqual(["data 0", "data 1", "data 2"]);
    expect(clock.now()).toBe(NOW_MS + 200);
    expect(calls.fills).toEqual([]);
  });

  it("are waited for until the one look's time is over, however they come one after the other", async () => {
    const { put, reserve, read, clock, until, log, calls } = setUp();
    const slow = await reserve(SECOND_MS);
    await put(SECOND_MS);
    await reserve(SECOND_MS);
    await put(SECOND_MS);
    await until(0);
    const reading = read();
    await clock.sleep(1900);
    await log.write(slow);
    expect(await reading).toEqual(["data 0", "data 1", "tombstone 2", "data 3"]);
    expect(clock.now()).toBe(NOW_MS + HOLE_FILL_TIMEOUT_MS);
    expect(calls.fills).toEqual([2]);
  });

  it("are closed a part a second where the table takes no more, and the reading fails where it takes none", async () => {
    const { put, reserve, read, clock, log, until } = setUp();
    for (let i = 0; i < 30; i++) await reserve(SECOND_MS);
    await put(SECOND_MS);
    await until(0);
    const withinLimit = (perSecond: number): LogStore => {
      const taken = new Map<number, number>();
      return {
        ...log,
        async fill(shard, index, expiresAtMs) {
          const second = Math.floor(clock.now() / SECOND_MS);
          const count = (taken.get(second) ?? 0) + 1;
          taken.set(second, count);
          if (count > perSecond) throw new Error("too busy");
          return log.fill(shard, index, expiresAtMs);
        },
      };
    };
    await expect(read({ log: withinLimit(0) })).rejects.toThrow("too busy");
    const begunAtMs = clock.now();
    const seen = await read({ log: withinLimit(10) });
    expect(seen).toHaveLength(31);
    expect(clock.now()).toBe(begunAtMs + HOLE_FILL_TIMEOUT_MS + 2 * SECOND_MS);
  });

  it("are closed until the deadline, where a busy table is slow to, and the rest by the next reading", async () => {
    const { put, reserve, read, clock, log, calls, until } = setUp();
    for (let i = 0; i < 200; i++) await reserve(SECOND_MS);
    await put(SECOND_MS);
    await until(0);
    const slow: LogStore = {
      ...log,
      async fill(shard, index, expiresAtMs) {
        const filled = await log.fill(shard, index, expiresAtMs);
        if (index % 25 === 0) await clock.sleep(10 * SECOND_MS);
        return filled;
      },
    };
    const seen = await read({ log: slow, deadlineMs: NOW_MS + 15 * SECOND_MS });
    expect(seen.at(-1)).toBe("tombstone 49");
    expect(clock.now()).toBeLessThan(NOW_MS + 60 * SECOND_MS);
    expect(await read({ log, from: 50 })).toHaveLength(151);
    expect(calls.fills).toHaveLength(200);
  });

  it("are left alone behind what the reader wants", async () => {
    const { put, reserve, read, until, calls } = setUp();
    await reserve(SECOND_MS);
    await put(SECOND_MS, 3);
    await reserve(SECOND_MS);
    await put(SECOND_MS);
    await until(0);
    expect(await read({ byteCount: 20, endsWith: "data 2" })).toHaveLength(3);
    expect(calls.fills).toEqual([0]);
  });

  it("end a reading that waits for nothing, and at the end one that waits for what lies between", async () => {
    const { put, reserve, read, clock, until, calls } = setUp();
    await put(SECOND_MS);
    await reserve(SECOND_MS);
    await put(SECOND_MS);
    await reserve(SECOND_MS);
    await until(0);
    expect(await read({ patience: "nothing" })).toEqual(["data 0"]);
    expect(clock.now()).toBe(NOW_MS);
    expect(await read({ patience: "holes" })).toEqual(["data 0", "tombstone 1", "data 2"]);
    expect(calls.fills).toEqual([1]);
    expect(await read({ patience: "all" })).toEqual([
      "data 0",
      "tombstone 1",
      "data 2",
      "tombstone 3",
    ]);
  });
});

describe("what is gone", () => {
  it("is passed at once and without a write before a block that is old enough", async () => {
    const { put, reserve, read, clock, until, calls, log } = setUp();
    await reserve(3 * HOUR_MS);
    await reserve(3 * HOUR_MS);
    await put(2 * HOUR_MS);
    await until(HOUR_MS);
    await put(1);
    await until(0);
    expect(await read()).toEqual(["gone 0 to 2", "data 2", "data 3"]);
    expect(clock.now()).toBe(NOW_MS);
    expect(calls.fills).toEqual([]);
    expect(await log.write(blockAt(0, NOW_MS - 3 * HOUR_MS))).toEqual({ kind: "throttled" });
  });

  it("is not what stands before a block of an hour ago: clocks may be wrong", async () => {
    const { put, reserve, read, clock, until, calls } = setUp();
    await reserve(HOUR_MS);
    await put(HOUR_MS);
    await until(0);
    expect(await read()).toEqual(["tombstone 0", "data 1"]);
    expect(calls.fills).toEqual([0]);
    expect(clock.now()).toBe(NOW_MS + HOLE_FILL_TIMEOUT_MS);
  });

  it("is seen behind tombstones and younger blocks, which say nothing themselves", async () => {
    const { put, reserve, read, clock, until, log, calls } = setUp();
    await reserve(3 * HOUR_MS);
    const { index } = await reserve(3 * HOUR_MS);
    await log.fill(SHARD, index, NOW_MS + DAY_MS);
    calls.fills.length = 0;
    await put(2 * HOUR_MS);
    await until(0);
    expect(await read()).toEqual(["gone 0 to 1", "tombstone 1", "data 2"]);
    expect(clock.now()).toBe(NOW_MS);
    expect(calls.fills).toEqual([]);
  });

  it("is all that was reserved long ago, though nothing stands behind it", async () => {
    const { put, reserve, read, clock, until, calls } = setUp();
    await put(3 * HOUR_MS);
    await reserve(3 * HOUR_MS);
    await until(HOUR_MS);
    await until(0);
    expect(await read()).toEqual(["data 0", "gone 1 to 2"]);
    expect(calls.fills).toEqual([]);
    expect(clock.now()).toBe(NOW_MS);
  });

  it("is what was reserved before a silence, though only fresh blocks stand behind it", async () => {
    const { put, reserve, read, clock, until, calls } = setUp();
    await reserve(3 * HOUR_MS);
    await reserve(3 * HOUR_MS);
    await put(SECOND_MS);
    await until(0);
    expect(await read()).toEqual(["gone 0 to 2", "data 2"]);
    expect(calls.fills).toEqual([]);
    expect(clock.now()).toBe(NOW_MS);
  });

  it("is known by the last mark, and what was reserved since is waited for", async () => {
    const { put, reserve, read, clock, until, calls } = setUp();
    await reserve(3 * HOUR_MS);
    await reserve(2 * HOUR_MS);
    await reserve(MINUTE_MS);
    await put(SECOND_MS);
    await until(0);
    expect(await read()).toEqual(["gone 0 to 2", "tombstone 2", "data 3"]);
    expect(calls.fills).toEqual([2]);
    expect(clock.now()).toBe(NOW_MS + HOLE_FILL_TIMEOUT_MS);
  });

  it("was already too old to be written when it was looked for, however long the look took", async () => {
    const { put, reserve, read, clock, until, log, calls } = setUp();
    const slow = await reserve(SECOND_MS);
    await put(SECOND_MS);
    await until(0);
    // The reader stands still for hours between asking for the first block and for the second.
    let isFirst = true;
    const frozen: LogStore = {
      ...log,
      async *read(range) {
        const parts = isFirst ? [range.from, 1, range.to] : [range.from, range.to];
        const wasFirst = isFirst;
        isFirst = false;
        for (let i = 1; i < parts.length; i++) {
          yield* log.read({ shard: SHARD, from: parts[i - 1] as number, to: parts[i] as number });
          if (wasFirst && i === 1) {
            await log.write(slow);
            await clock.sleep(2 * HOUR_MS);
          }
        }
      },
    };
    expect(await read({ log: frozen })).toEqual(["data 0", "data 1"]);
    expect(calls.fills).toEqual([]);
  });

  it("is passed without looking for what has expired, and the rest a stretch at a time until the deadline", async () => {
    const { put, read, clock, until, log, calls } = setUp();
    await put(3 * HOUR_MS);
    await until(0);
    // As if millions had come, a day ago and since, and the store had removed them.
    const [expiredTo, to] = [9_000_000, 9_100_000];
    const atMs = NOW_MS - DAY_MS;
    await log.leaveMark(SHARD, { atMs, blockIndex: expiredTo, reservedBeforeMs: atMs });
    const head = { ...((await log.head(SHARD)) as ShardHead), blockIndex: to };
    const removed: LogStore = {
      ...log,
      async *read({ shard, from, to: end }) {
        calls.lookedAtCount += end - from;
        await clock.sleep(100);
        yield* log.read({ shard, from: to, to });
      },
    };
    const seen = await read({ log: removed, head, deadlineMs: NOW_MS + 250 });
    expect(seen[0]).toBe(`gone 0 to ${expiredTo}`);
    expect(seen).toHaveLength(3);
    expect(calls.lookedAtCount).toBe(30_000);
    expect(calls.fills).toEqual([]);
    expect((await read({ log: removed, head })).at(-1)).toMatch(`to ${to}`);
  });

  it("is never written afterwards, whatever the clocks and the silences, and all else is waited for once", async () => {
    const wrongMinutes = fc.constantFrom(-15, 0, 15);
    const step = fc.record({
      pauseMinutes: fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 70 })),
      wrongMinutes,
      heldUpMinutes: fc.oneof(fc.constant(0), fc.nat({ max: 20 })),
      isWritten: fc.boolean(),
    });
    const shards = fc.tuple(fc.array(step, { minLength: 1, maxLength: 12 }), wrongMinutes);
    await fc.assert(
      fc.asyncProperty(shards, async ([steps, readersWrongMinutes]) => {
        const { read, clock, log, calls } = setUp();
        const missing = new Map<number, Block>();
        for (const { pauseMinutes, heldUpMinutes, isWritten, ...writer } of steps) {
          await clock.sleep(pauseMinutes * MINUTE_MS);
          const arrivedAtMs = clock.now() + writer.wrongMinutes * MINUTE_MS;
          await clock.sleep(heldUpMinutes * MINUTE_MS);
          const append = { recordCount: 1, byteCount: 10, arrivedAtMs };
          const place = await log.reserve(SHARD, append);
          if (place.kind !== "reserved") throw new Error(place.kind);
          if (place.mark) await log.leaveMark(SHARD, place.mark);
          const block = blockAt(place.blockIndex, arrivedAtMs);
          const isThere = isWritten && (await log.write(block)).kind === "written";
          if (!isThere) missing.set(block.index, block);
        }
        const startedMs = clock.now();
        const readersClock = {
          now: () => clock.now() + readersWrongMinutes * MINUTE_MS,
          sleep: (ms: number) => clock.sleep(ms),
        };
        const gone = (await read({ clock: readersClock })).flatMap((line) => {
          const [, from, to] = /^gone (\d+) to (\d+)$/.exec(line) ?? [];
          return [...missing].filter(([index]) => index >= Number(from) && index < Number(to));
        });
        expect(clock.now() - startedMs).toBeLessThanOrEqual(HOLE_FILL_TIMEOUT_MS);
        expect(calls.fills.length + gone.length).toBe(missing.size);
        for (const [, block] of gone) expect(await log.write(block)).toEqual({ kind: "throttled" });
      }),
      { numRuns: 300 },
    );
  });
});
