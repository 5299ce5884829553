/** What every `LogStore` promises, run against DynamoDB and its twin alike. */
import { describe, expect, test } from "vitest";
import type {
  Block,
  BlockExpiry,
  LogEntry,
  LogStore,
  ReadRange,
  ShardKey,
} from "../../src/log/store.ts";

export interface LogStoreUnderTest {
  readonly log: LogStore & BlockExpiry;
  /** Opens a shard nobody has used; the answer seals or removes it. */
  open(shard: ShardKey): Promise<{ close(): Promise<void> }>;
}

const FAR_FUTURE_MS = Date.parse("2100-01-01T00:00:00Z");
/** No block of these tests stands there. */
const BEHIND_ALL = 1000;

export function testLogStore(make: () => Promise<LogStoreUnderTest>): void {
  const made = make();
  let shardCount = 0;

  async function setUp() {
    const { log, open } = await made;
    shardCount += 1;
    const shard = `firehose/contract-${shardCount}/${Date.now().toString(16)}/0000` as ShardKey;
    const { close } = await open(shard);
    return {
      log,
      shard,
      close,
      block: (index: number, over: Partial<Block> = {}) => blockOf(shard, index, over),
    };
  }

  describe("a retention that is changed", () => {
    const HOUR_MS = 3_600_000;
    const AT_MS = FAR_FUTURE_MS;
    const keepBody = async (key: string) => key;

    async function withBlocks(count: number, over: Partial<Block> = {}) {
      const world = await setUp();
      for (let index = 0; index < count; index++) {
        await world.log.reserve(world.shard, { recordCount: 1, byteCount: 1 });
        const times = { arrivedAtMs: AT_MS, expiresAtMs: AT_MS + HOUR_MS };
        await world.log.write(world.block(index, { ...times, ...over }));
      }
      return world;
    }

    async function expiries(log: LogStore, shard: ShardKey): Promise<(number | undefined)[]> {
      const entries = await readAll(log, { shard, from: 0, to: BEHIND_ALL });
      return entries.map((entry) => (entry.kind === "data" ? entry.expiresAtMs : undefined));
    }

    test("is told to everybody who reserves from then on", async () => {
      const { log, shard } = await withBlocks(2);
      await log.noteRetention(shard, 5 * HOUR_MS);
      const append = { recordCount: 1, byteCount: 1 };
      expect(await log.reserve(shard, append)).toMatchObject({
        kind: "reserved",
        blockIndex: 2,
        retentionMs: 5 * HOUR_MS,
      });
      await log.noteRetention(shard, HOUR_MS);
      expect(await log.reserve(shard, append)).toMatchObject({ retentionMs: HOUR_MS });
    });

    test("is noted nowhere when the shard is gone", async () => {
      const { log, shard } = await setUp();
      const gone = `${shard}9` as ShardKey;
      await log.noteRetention(gone, HOUR_MS);
      expect(await log.beginExtension(gone, { id: 7, retentionMs: HOUR_MS })).toBe(0);
      await log.noteExtended(gone, 7, 0);
      expect(await log.head(gone)).toBeUndefined();
      const append = { recordCount: 1, byteCount: 1 };
      expect(await log.reserve(gone, append)).toEqual({ kind: "closed" });
    });

    test("extends what stands, page after page from the newest back, and leaves the rest alone", async () => {
      const { log, shard } = await withBlocks(83);
      const options = { lifetimeMs: 5 * HOUR_MS, nowMs: AT_MS, keepBody };
      const [old, extended] = [AT_MS + HOUR_MS, AT_MS + 5 * HOUR_MS];
      let below = 82;
      while (below > 1) {
        const next = await log.extendExpiry({ shard, from: 1, to: below }, options);
        if (next === "throttled") throw new Error("nobody else is here");
        expect(next).toBeLessThan(below);
        below = next;
        const stands = Array.from({ length: 83 }, (_, i) =>
          i >= below && i < 82 ? extended : old,
        );
        expect(await expiries(log, shard)).toEqual(stands);
      }
      expect(below).toBe(1);
      expect(await log.extendExpiry({ shard, from: 1, to: 1 }, options)).toBe(1);
    });

    test("remembers how far back each raise came, and begins anew with the next", async () => {
      const { log, shard } = await withBlocks(3);
      const raise = { id: 7, retentionMs: 5 * HOUR_MS };
      expect(await log.beginExtension(shard, raise)).toBe(3);
      await log.reserve(shard, { recordCount: 1, byteCount: 1 });
      expect(await log.beginExtension(shard, raise)).toBe(3);
      await log.noteExtended(shard, 7, 1);
      await log.noteExtended(shard, 7, 2);
      await log.noteExtended(shard, 6, 0);
      expect(await log.beginExtension(shard, raise)).toBe(1);
      expect(await log.reserve(shard, { recordCount: 1, byteCount: 1 })).toMatchObject({
        retentionMs: 5 * HOUR_MS,
      });
      expect(await log.beginExtension(shard, { id: 9, retentionMs: 9 * HOUR_MS })).toBe(5);
      await log.noteExtended(shard, 7, 0);
      expect(await log.beginExtension(shard, raise)).toBe(0);
      expect(await log.beginExtension(shard, { id: 9, retentionMs: 9 * HOUR_MS })).toBe(5);
      expect(await log.reserve(shard, { recordCount: 1, byteCount: 1 })).toMatchObject({
        retentionMs: 9 * HOUR_MS,
      });
    });

    test("never makes a block live shorter", async () => {
      const { log, shard } = await withBlocks(1, { expiresAtMs: AT_MS + 9 * HOUR_MS });
      const options = { lifetimeMs: 5 * HOUR_MS, nowMs: AT_MS, keepBody };
      await log.extendExpiry({ shard, from: 0, to: 1 }, options);
      expect(await expiries(log, shard)).toEqual([AT_MS + 9 * HOUR_MS]);
    });

    test("takes bodies along, those of blocks that live longer and no others", async () => {
      const bodyOf = (name: string) =>
        ({ kind: "object", key: `day/${name}`, byteCount: 9000 }) as const;
      const { log, shard, block } = await setUp();
      const asked: string[] = [];
      const times = { arrivedAtMs: AT_MS, expiresAtMs: AT_MS + HOUR_MS };
      const longAlready = { arrivedAtMs: AT_MS, expiresAtMs: AT_MS + 5 * HOUR_MS };
      await log.write(block(0, { ...times, body: bodyOf("a") }));
      await log.write(block(1, { ...longAlready, body: bodyOf("b") }));
      await log.write(block(2, { ...times, body: bodyOf("gone") }));
      await log.write(block(3, times));
      await log.extendExpiry(
        { shard, from: 0, to: 4 },
        {
          lifetimeMs: 5 * HOUR_MS,
          nowMs: AT_MS,
          async keepBody(key) {
            asked.push(key);
            return key === "day/gone" ? undefined : key.replace("day/", "week/");
          },
        },
      );
      expect(asked.toSorted()).toEqual(["day/a", "day/gone"]);
      const entries = await readAll(log, { shard, from: 0, to: BEHIND_ALL });
      expect(entries).toMatchObject([
        { body: { ...bodyOf("a"), key: "week/a" }, expiresAtMs: AT_MS + 5 * HOUR_MS },
        { body: bodyOf("b"), expiresAtMs: AT_MS + 5 * HOUR_MS },
        { body: bodyOf("gone"), expiresAtMs: AT_MS + HOUR_MS },
        { body: { kind: "inline" }, expiresAtMs: AT_MS + 5 * HOUR_MS },
      ]);
    });

    test("brings nothing into being where nothing stands, and keeps tombstones what they are", async () => {
      const { log, shard } = await setUp();
      await log.fill(shard, 1, AT_MS);
      const range = { shard, from: 0, to: 4 };
      const options = { lifetimeMs: HOUR_MS, nowMs: AT_MS, keepBody };
      expect(await log.extendExpiry(range, options)).toBe(0);
      expect(await readAll(log, { shard, from: 0, to: BEHIND_ALL })).toEqual([
        { kind: "tombstone", shard, index: 1 },
      ]);
    });
  });

  describe("reserve", () => {
    test("hands out 0, 1, 2, … with the records and bytes before each", async () => {
      const { log, shard } = await setUp();
      expect(await log.reserve(shard, { recordCount: 3, byteCount: 100 })).toEqual({
        kind: "reserved",
        blockIndex: 0,
        firstRecord: 0,
        byteOffset: 0,
      });
      expect(await log.reserve(shard, { recordCount: 2, byteCount: 50 })).toEqual({
        kind: "reserved",
        blockIndex: 1,
        firstRecord: 3,
        byteOffset: 100,
      });
      expect(await log.head(shard)).toEqual({
        blockIndex: 2,
        recordCount: 5,
        byteOffset: 150,
        sealed: false,
      });
    });

    test("gives no index twice to writers that race", async () => {
      const { log, shard } = await setUp();
      const reserved = await Promise.all(
        Array.from({ length: 40 }, () => log.reserve(shard, { recordCount: 1, byteCount: 10 })),
      );
      const indexes = reserved.map((result) =>
        result.kind === "reserved" ? result.blockIndex : -1,
      );
      expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    });

    describe("with a limit per second", () => {
      const perSecond = { recordCount: 10, byteCount: 1000 };
      const second = (n: number) => ({ perSecond, nowMs: 1_795_428_000_000 + n * 1000 });

      test("goes by the clock that is furthest ahead, and tells the others its second", async () => {
        const { log, shard } = await setUp();
        const reserve = (recordCount: number, n: number) =>
          log.reserve(shard, { recordCount, byteCount: 100, limit: second(n) });
        const anHour = 3600;
        const aheadSecond = Math.floor(second(anHour).nowMs / 1000);
        expect(await reserve(6, anHour)).not.toHaveProperty("aheadSecond");
        expect(await reserve(4, 0)).toMatchObject({ kind: "reserved", blockIndex: 1, aheadSecond });
        expect(await reserve(1, -anHour)).toEqual({
          kind: "throttled",
          room: { recordCount: 0, byteCount: 800 },
          aheadSecond,
        });
        expect(await reserve(10, anHour + 1)).toMatchObject({ kind: "reserved", blockIndex: 2 });
        expect(await reserve(1, anHour + 1)).not.toHaveProperty("aheadSecond");
      });

      test("does not take for a clock what a large append has taken in advance", async () => {
        const { log, shard } = await setUp();
        const reserve = (byteCount: number, n: number) =>
          log.reserve(shard, { recordCount: 1, byteCount, limit: second(n) });
        for (const start of [0, 100]) {
          // In a second of its own, and in one that is begun.
          if (start > 0) expect(await reserve(10, start)).toMatchObject({ kind: "reserved" });
          expect(await reserve(2500, start)).toMatchObject({ kind: "reserved" });
          for (const n of [start, start + 1]) {
            const refused = await reserve(1500, n);
            expect(refused).toMatchObject({ kind: "throttled" });
            expect(refused).not.toHaveProperty("aheadSecond");
          }
          // A clock that is behind learns of the second that the large one came in.
          const aheadSecond = Math.floor(second(start).nowMs / 1000);
          expect(await reserve(1500, start - 50)).toMatchObject({ kind: "throttled", aheadSecond });
          expect(await reserve(999, start + 4)).toMatchObject({ kind: "reserved" });
        }
      });

      test("stops at the records or the bytes, says what room is left, and opens with the next second", async () => {
        const { log, shard } = await setUp();
        const reserve = (recordCount: number, byteCount: number, n: number) =>
          log.reserve(shard, { recordCount, byteCount, limit: second(n) });
        expect(await reserve(8, 100, 0)).toMatchObject({ kind: "reserved", blockIndex: 0 });
        expect(await reserve(3, 100, 0)).toEqual({
          kind: "throttled",
          room: { recordCount: 2, byteCount: 900 },
        });
        expect(await reserve(2, 900, 0)).toMatchObject({
          kind: "reserved",
          blockIndex: 1,
          byteOffset: 100,
        });
        expect(await reserve(1, 0, 0)).toEqual({
          kind: "throttled",
          room: { recordCount: 0, byteCount: 0 },
        });
        expect(await reserve(1, 0, 1)).toMatchObject({
          kind: "reserved",
          blockIndex: 2,
          firstRecord: 10,
        });
      });

      test("counts calls where the limit does, those of a large append in no window", async () => {
        const { log, shard } = await setUp();
        const counting = { ...perSecond, callCount: 3 };
        const reserve = (callCount: number | undefined, n: number, byteCount = 1) =>
          log.reserve(shard, {
            recordCount: 1,
            byteCount,
            ...(callCount !== undefined && { callCount }),
            limit: { perSecond: counting, nowMs: second(n).nowMs },
          });
        expect(await reserve(undefined, 0)).toMatchObject({ kind: "reserved" });
        expect(await reserve(3, 0)).toEqual({
          kind: "throttled",
          room: { recordCount: 9, byteCount: 999, callCount: 2 },
        });
        expect(await reserve(2, 0)).toMatchObject({ kind: "reserved" });
        expect(await reserve(1, 0)).toMatchObject({ kind: "throttled", room: { callCount: 0 } });
        expect(await reserve(3, 1)).toMatchObject({ kind: "reserved" });
        expect(await reserve(1, 1)).toMatchObject({ kind: "throttled" });
        expect(await reserve(1, 1, 1000)).toMatchObject({ kind: "reserved" });
        expect(await reserve(3, 2)).toMatchObject({ kind: "reserved" });
        expect(await reserve(1, 2)).toMatchObject({ kind: "throttled" });
      });

      test("lets no more through to writers that race", async () => {
        const { log, shard } = await setUp();
        const results = await Promise.all(
          Array.from({ length: 25 }, () =>
            log.reserve(shard, { recordCount: 1, byteCount: 1, limit: second(0) }),
          ),
        );
        expect(results.filter(({ kind }) => kind === "reserved")).toHaveLength(10);
      });

      test("counts a writer whose clock is behind in the window that is open", async () => {
        const { log, shard } = await setUp();
        await log.reserve(shard, { recordCount: 10, byteCount: 1, limit: second(5) });
        const late = await log.reserve(shard, { recordCount: 1, byteCount: 1, limit: second(3) });
        expect(late).toMatchObject({ kind: "throttled" });
      });

      test("takes a large append in the midst of small ones, and then nothing large until it is paid off", async () => {
        const { log, shard } = await setUp();
        const reserve = (byteCount: number, n: number) =>
          log.reserve(shard, { recordCount: 1, byteCount, limit: second(n) });
        expect(await reserve(10, 0)).toMatchObject({ kind: "reserved" });
        expect(await reserve(1500, 0)).toMatchObject({ kind: "reserved", byteOffset: 10 });
        expect(await reserve(1500, 0)).toMatchObject({ kind: "throttled" });
        expect(await reserve(1500, 1)).toMatchObject({ kind: "throttled" });
        expect(await reserve(1500, 3)).toMatchObject({ kind: "reserved" });
      });

      test("makes one large append wait off its bytes", async () => {
        const { log, shard } = await setUp();
        const reserve = (byteCount: number, n: number) =>
          log.reserve(shard, { recordCount: 1, byteCount, limit: second(n) });
        expect(await reserve(2500, 0)).toMatchObject({ kind: "reserved" });
        expect(await reserve(600, 1)).toMatchObject({ kind: "throttled" });
        expect(await reserve(600, 3)).toMatchObject({ kind: "reserved" });
      });
    });

    test("is refused by a shard that is closed, and by one that never was", async () => {
      const { log, shard, close } = await setUp();
      await close();
      expect(await log.reserve(shard, { recordCount: 1, byteCount: 1 })).toEqual({
        kind: "closed",
      });
      const unknown = `${shard}-unknown` as ShardKey;
      expect(await log.reserve(unknown, { recordCount: 1, byteCount: 1 })).toEqual({
        kind: "closed",
      });
      expect(await log.head(unknown)).toBeUndefined();
    });
  });

  describe("time marks", () => {
    const TEN_MINUTES_MS = 600_000;
    const at = (tenMinutes: number, ms = 0) => 1_795_428_000_000 + tenMinutes * TEN_MINUTES_MS + ms;
    const one = { recordCount: 1, byteCount: 1 };

    test("a reservation that opens ten minutes is told what mark to leave, and no other", async () => {
      const { log, shard } = await setUp();
      const arrive = async (arrivedAtMs: number) => {
        const reserved = await log.reserve(shard, { ...one, arrivedAtMs });
        return reserved.kind === "reserved" ? reserved.mark : undefined;
      };
      expect(await arrive(at(0, 5))).toEqual({
        atMs: at(0),
        blockIndex: 0,
        reservedBeforeMs: at(0),
      });
      expect(await arrive(at(0, 599_999))).toBeUndefined();
      expect(await arrive(at(3))).toEqual({ atMs: at(3), blockIndex: 2, reservedBeforeMs: at(1) });
      // They only rise: who comes late, or by a clock that is behind, opens nothing that was over.
      expect(await arrive(at(2, 5))).toBeUndefined();
      expect(await arrive(at(3, 5))).toBeUndefined();
      expect(await log.head(shard)).toMatchObject({ blockIndex: 5, reservedBeforeMs: at(4) });
    });

    test("exactly one of many opens them, also within a limit per second", async () => {
      const { log, shard } = await setUp();
      const perSecond = { recordCount: 1000, byteCount: 1000 };
      const arrive = (arrivedAtMs: number) =>
        log.reserve(shard, { ...one, arrivedAtMs, limit: { perSecond, nowMs: arrivedAtMs } });
      await arrive(at(0, 599_000));
      const reserved = await Promise.all(Array.from({ length: 12 }, (_, i) => arrive(at(1, i))));
      const marks = reserved.flatMap((result) =>
        result.kind === "reserved" && result.mark
          ? [{ ...result.mark, of: result.blockIndex }]
          : [],
      );
      expect(marks).toHaveLength(1);
      expect(marks[0]).toMatchObject({ atMs: at(1), reservedBeforeMs: at(1) });
      expect(marks[0]!.blockIndex).toBe(marks[0]!.of);
    });

    test("are refused nothing that the shard itself refuses", async () => {
      const { log, shard, close } = await setUp();
      const perSecond = { recordCount: 1, byteCount: 1000 };
      const nowMs = at(0, 599_000);
      const limit = { perSecond, nowMs };
      await log.reserve(shard, { ...one, arrivedAtMs: nowMs, limit });
      const ahead = { ...one, arrivedAtMs: at(1), limit };
      expect(await log.reserve(shard, ahead)).toMatchObject({ kind: "throttled" });
      await close();
      expect(await log.reserve(shard, ahead)).toEqual({ kind: "closed" });
      expect(await log.reserve(shard, { ...one, arrivedAtMs: at(2) })).toEqual({ kind: "closed" });
    });

    test("are found by the time, before it and behind it, of this shard alone", async () => {
      const { log, shard } = await setUp();
      const other = await setUp();
      const mark = (n: number) => ({ atMs: at(n), blockIndex: n * 10, reservedBeforeMs: at(n) });
      await log.leaveMark(other.shard, mark(1));
      for (const n of [0, 2, 3]) await log.leaveMark(shard, mark(n));
      await log.leaveMark(shard, mark(3));
      expect(await log.lastMark(shard, at(0, -1))).toBeUndefined();
      expect(await log.lastMark(shard, at(0))).toEqual(mark(0));
      expect(await log.lastMark(shard, at(2, -1))).toEqual(mark(0));
      expect(await log.lastMark(shard, at(9))).toEqual(mark(3));
      expect(await log.nextMark(shard, -5)).toEqual(mark(0));
      expect(await log.nextMark(shard, at(0, 1))).toEqual(mark(2));
      expect(await log.nextMark(shard, at(3))).toEqual(mark(3));
      expect(await log.nextMark(shard, at(3, 1))).toBeUndefined();
    });
  });

  describe("write and fill", () => {
    test("a block comes back member by member, inline or as a pointer", async () => {
      const { log, shard, block } = await setUp();
      const inline = block(0);
      const pointer = block(1, {
        body: { kind: "object", key: "day/abc", byteCount: 9000 },
      });
      const sealed = block(2, { envelope: Uint8Array.of(1, 0, 255) });
      const written = [inline, pointer, sealed];
      for (const each of written) expect(await log.write(each)).toEqual({ kind: "written" });
      expect(plain(await readAll(log, { shard, from: 0, to: BEHIND_ALL }))).toEqual(plain(written));
    });

    test("the same token again is the same write; another token has lost", async () => {
      const { log, shard, block } = await setUp();
      await log.write(block(0, { token: "mine" }));
      expect(await log.write(block(0, { token: "mine" }))).toEqual({ kind: "written" });
      expect(await log.write(block(0, { token: "other" }))).toEqual({
        kind: "lost",
        winner: "data",
      });
      expect(await readAll(log, { shard, from: 0, to: BEHIND_ALL })).toMatchObject([
        { token: "mine" },
      ]);
    });

    test("a filled hole refuses its late writer", async () => {
      const { log, shard, block } = await setUp();
      expect(await log.fill(shard, 0, FAR_FUTURE_MS)).toEqual({
        kind: "tombstone",
        shard,
        index: 0,
      });
      expect(await log.write(block(0))).toEqual({ kind: "lost", winner: "tombstone" });
      expect(await log.fill(shard, 0, FAR_FUTURE_MS)).toMatchObject({ kind: "tombstone" });
    });

    test("a fill that comes too late answers the data that stands there", async () => {
      const { log, shard, block } = await setUp();
      await log.write(block(0));
      expect(plain([await log.fill(shard, 0, FAR_FUTURE_MS)])).toEqual(plain([block(0)]));
    });

    test("of a writer and a filler that race exactly one wins, and both know which", async () => {
      const { log, shard, block } = await setUp();
      const races = Array.from({ length: 20 }, async (_, index) => {
        const [written, filled] = await Promise.all([
          log.write(block(index)),
          log.fill(shard, index, FAR_FUTURE_MS),
        ]);
        const [standing] = await readAll(log, { shard, from: index, to: index + 1 });
        expect(filled.kind).toBe(standing?.kind);
        expect(written.kind).toBe(standing?.kind === "data" ? "written" : "lost");
      });
      await Promise.all(races);
    });
  });

  describe("read", () => {
    test("answers in order, from a place to a place, leaving out what is missing", async () => {
      const { log, shard, block } = await setUp();
      for (const index of [11, 2, 9, 10, 100]) await log.write(block(index));
      const indexes = async (range: Omit<ReadRange, "shard">) =>
        (await readAll(log, { shard, ...range })).map(({ index }) => index);
      expect(await indexes({ from: 0, to: BEHIND_ALL })).toEqual([2, 9, 10, 11, 100]);
      expect(await indexes({ from: 9, to: 11 })).toEqual([9, 10]);
      expect(await indexes({ from: 12, to: 100 })).toEqual([]);
      expect(await indexes({ from: 5, to: 5 })).toEqual([]);
    });

    test("goes through more than one page", async () => {
      const { log, shard, block } = await setUp();
      const body = { kind: "inline", bytes: new Uint8Array(30_000).fill(65) } as const;
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => log.write(block(index, { body }))),
      );
      const entries = await readAll(log, { shard, from: 0, to: BEHIND_ALL });
      expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });

    describe("over the borders of what the store keeps together", () => {
      const BORDERS = [63, 64, 65, 127, 128, 129, 639, 640];
      const HOLES = new Set([64, 127, 128, 200, 639]);
      const standing = Array.from({ length: 704 }, (_, i) => i).filter(
        // A few far apart, so that nothing at all lies between some borders.
        (index) => !HOLES.has(index) && (index < 260 || index > 630),
      );
      const world = setUp().then(async (shardWorld) => {
        await Promise.all(standing.map((index) => shardWorld.log.write(shardWorld.block(index))));
        return shardWorld;
      });

      test.for(BORDERS)("begins at %i, wherever it ends", async (from) => {
        const { log, shard } = await world;
        for (const to of [...BORDERS, from + 1, from + 2, BEHIND_ALL]) {
          const entries = await readAll(log, { shard, from, to });
          expect(entries.map(({ index }) => index)).toEqual(
            standing.filter((index) => index >= from && index < to),
          );
        }
      });
    });
  });
}

async function readAll(log: LogStore, range: ReadRange): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(range)) entries.push(entry);
  return entries;
}

function blockOf(shard: ShardKey, index: number, over: Partial<Block>): Block {
  return {
    kind: "data",
    shard,
    index,
    firstRecord: index,
    recordCount: 1,
    byteOffset: index * 10,
    byteCount: 10,
    arrivedAtMs: 1_795_428_000_123,
    expiresAtMs: FAR_FUTURE_MS,
    token: `token-${index}`,
    body: { kind: "inline", bytes: Uint8Array.of(0, 1, 65) },
    ...over,
  };
}

/** Byte arrays of different classes are equal when their bytes are. */
function plain(entries: readonly LogEntry[]) {
  return entries.map((entry) =>
    entry.kind === "tombstone"
      ? entry
      : {
          ...entry,
          body: entry.body.kind === "inline" ? [...entry.body.bytes] : entry.body,
          ...(entry.envelope && { envelope: [...entry.envelope] }),
        },
  );
}
