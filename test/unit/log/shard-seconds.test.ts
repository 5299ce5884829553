import { describe, expect, test } from "vitest";
import { rememberSeconds } from "../../../src/log/shard-seconds.ts";
import type { LogStore, ShardKey } from "../../../src/log/store.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/shardId-000000000000" as ShardKey;
const START_MS = Date.parse("2026-11-30T07:15:42.100Z");
const PER_SECOND = { recordCount: 10, byteCount: 1000 };
const MINUTE_MS = 60_000;

function setUp() {
  const memory = memoryLog();
  memory.open(SHARD);
  let askedCount = 0;
  const log: LogStore = {
    ...memory,
    reserve(shard, append) {
      askedCount += 1;
      return memory.reserve(shard, append);
    },
  };
  let nowMs = START_MS;
  const clock = { now: () => nowMs, advance: (ms: number) => void (nowMs += ms) };
  /** A process whose clock is wrong by so much. */
  const process = (skewMs = 0) => {
    const own = { now: () => clock.now() + skewMs };
    const remembering = rememberSeconds(log, own);
    return (recordCount = 1, byteCount = 1, shard = SHARD) =>
      remembering.reserve(shard, {
        recordCount,
        byteCount,
        limit: { perSecond: PER_SECOND, nowMs: own.now() },
      });
  };
  return { memory, clock, process, asked: () => askedCount };
}

describe("a second that is full", () => {
  test("is not asked for again, in it, by what cannot fit", async () => {
    const { process, clock, asked } = setUp();
    const reserve = process();
    await reserve(8);
    const full = { kind: "throttled", room: { recordCount: 2, byteCount: 999 } };
    expect(await reserve(3)).toEqual(full);
    expect(asked()).toBe(2);
    expect(await reserve(3)).toEqual(full);
    expect(await reserve(2, 1000 - 1)).toMatchObject({ kind: "reserved" });
    expect(await reserve(1)).toMatchObject({ kind: "throttled" });
    expect(asked()).toBe(4);
    for (let i = 0; i < 20; i++) expect(await reserve(1)).toMatchObject({ kind: "throttled" });
    expect(asked()).toBe(4);
    clock.advance(900);
    expect(await reserve(3)).toMatchObject({ kind: "reserved" });
  });

  test("is that of one shard, and is asked for what is larger than any second", async () => {
    const { process, memory } = setUp();
    const other = `${SHARD}0` as ShardKey;
    memory.open(other);
    const reserve = process();
    await reserve(10);
    await reserve(1);
    expect(await reserve(1, 1, other)).toMatchObject({ kind: "reserved" });
    expect(await reserve(1, 5000)).toMatchObject({ kind: "reserved" });
  });

  test("is not asked for more often than the counter's item can be updated", async () => {
    const { process, clock, asked } = setUp();
    const reserve = process();
    for (let i = 0; i < 1000; i++) await reserve(0, 0);
    expect(asked()).toBe(1000);
    expect(await reserve(0, 0)).toEqual({ kind: "throttled" });
    clock.advance(1000);
    expect(await reserve(0, 0)).toMatchObject({ kind: "reserved" });
  });

  test("is forgotten of shards that were not written to for longest", async () => {
    const { process, memory, asked } = setUp();
    const reserve = process();
    for (let i = 0; i <= 1000; i++) {
      const shard = `${SHARD}/${i}` as ShardKey;
      memory.open(shard);
      await reserve(10, 1, shard);
      await reserve(1, 1, shard);
    }
    const before = asked();
    await reserve(1, 1, `${SHARD}/1000` as ShardKey);
    expect(asked()).toBe(before);
    await reserve(1, 1, `${SHARD}/0` as ShardKey);
    expect(asked()).toBe(before + 1);
  });
});

describe("wrong clocks", () => {
  const TEN_MINUTES_MS = 10 * MINUTE_MS;

  test.each([1, 2, 3, 4])(
    "neither hold a shard shut nor raise its limit, be they 10 minutes ahead or behind, seed %i",
    async (seed) => {
      const { process, clock } = setUp();
      const random = seededRandom(seed);
      const skews = [0, 0, -TEN_MINUTES_MS, 400, -300, 20_000];
      const processes = skews.map(process);
      const ahead = process(TEN_MINUTES_MS);
      const taken: number[] = [];
      // One ahead joins after ten seconds, and is gone after thirty.
      for (let ms = 0; ms < 2 * MINUTE_MS; ms += 20) {
        const all = ms > 10_000 && ms < 30_000 ? [...processes, ahead] : processes;
        const reserve = all[Math.floor(random.fraction() * all.length)]!;
        if ((await reserve()).kind === "reserved") taken.push(ms);
        clock.advance(20);
      }
      const takenIn = (fromMs: number, toMs: number) =>
        taken.filter((ms) => ms >= fromMs && ms < toMs).length;
      for (let second = 0; second + 10 <= 120; second++) {
        const inTen = takenIn(second * 1000, (second + 10) * 1000);
        // Windows that are cut at both ends, and one opened anew by who came with a clock further ahead.
        expect(inTen).toBeLessThanOrEqual(120);
        expect(inTen).toBeGreaterThanOrEqual(80);
      }
      expect(takenIn(0, 2 * MINUTE_MS)).toBeGreaterThanOrEqual(1150);
      expect(takenIn(0, 2 * MINUTE_MS)).toBeLessThanOrEqual(1240);
    },
  );

  test("that were ahead leave a full second behind, which is over for who comes in a second", async () => {
    const { process, clock } = setUp();
    await process(TEN_MINUTES_MS)(10);
    const reserve = process();
    expect(await reserve()).toMatchObject({ kind: "throttled" });
    clock.advance(999);
    expect(await reserve()).toMatchObject({ kind: "throttled" });
    clock.advance(1);
    expect(await reserve()).toMatchObject({ kind: "reserved" });
  });

  test("that are set back go on where they were", async () => {
    const { process, clock } = setUp();
    const reserve = process();
    await reserve(10);
    clock.advance(-TEN_MINUTES_MS);
    expect(await reserve()).toMatchObject({ kind: "throttled" });
    clock.advance(1000);
    expect(await reserve(10)).toMatchObject({ kind: "reserved" });
    expect(await reserve()).toMatchObject({ kind: "throttled" });
  });

  test("keep a large record's seconds", async () => {
    const { process, clock } = setUp();
    await process(TEN_MINUTES_MS)(1, 3000);
    const reserve = process();
    for (let second = 0; second < 2; second++) {
      expect(await reserve(1, 10)).toMatchObject({ kind: "throttled" });
      clock.advance(1000);
    }
    clock.advance(1000);
    expect(await reserve(1, 10)).toMatchObject({ kind: "reserved" });
  });
});
