import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packRecords } from "../../../src/log/frame.ts";
import type { IteratorStart } from "../../../src/log/iterator.ts";
import type { Block, BlockBody } from "../../../src/log/store.ts";
import { systemRandom } from "../../../src/random.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { readPage } from "../../../src/streams/read.ts";
import { type DataStream, dataShardKey, type Shard } from "../../../src/streams/stream.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 1_795_428_000_000;
const FROM_START: IteratorStart = { kind: "record", blockIndex: 0, position: 0 };

const stream: DataStream = {
  name: "clicks",
  generation: "0123456789abcdef",
  createdAtMs: 0,
  revision: 1,
  mode: "PROVISIONED",
  status: "ACTIVE",
  settledAtMs: 0,
  retentionHours: 24,
  nextShardIndex: 1,
  maxRecordKiB: 1024,
  tags: {},
  shardLevelMetrics: [],
  scaledAtMs: [],
};
const KEY = dataShardKey(stream, 0);
const young: Shard = { index: 0, range: { start: 0n, end: 9n }, createdAtMs: NOW_MS - HOUR_MS };
const old: Shard = { ...young, createdAtMs: NOW_MS - 30 * DAY_MS };

function setUp(shard: Shard = young) {
  const log = memoryLog();
  log.open(KEY);
  const bodies = memoryBodies(systemRandom);
  const clock = steppingClock(NOW_MS);
  let count = 0;

  /** A block of its own per call; `undefined` texts reserve and never write. */
  async function block(
    texts: readonly string[] | undefined,
    arrivedAtMs = NOW_MS - 1000,
    large = false,
  ): Promise<Block> {
    const index = count++;
    const recordCount = texts?.length ?? 1;
    const place = await log.reserve(KEY, { recordCount, byteCount: 1, arrivedAtMs });
    if (place.kind === "reserved" && place.mark) await log.leaveMark(KEY, place.mark);
    const packed = packRecords(
      (texts ?? ["late"]).map((text) => ({ partitionKey: "k", data: Buffer.from(text) })),
    );
    const body: BlockBody = large
      ? { kind: "object", key: (await bodies.put(packed, DAY_MS))!, byteCount: packed.length }
      : { kind: "inline", bytes: packed };
    const made: Block = {
      kind: "data",
      shard: KEY,
      index,
      firstRecord: 0,
      recordCount,
      byteOffset: index,
      byteCount: 1,
      arrivedAtMs,
      expiresAtMs: arrivedAtMs + DAY_MS,
      token: `t${index}`,
      body,
    };
    if (texts) await log.write(made);
    return made;
  }

  async function page(start: IteratorStart, recordCount = 10_000, of: DataStream = stream) {
    const bounds = { recordCount, byteCount: 1_000_000, bytesOf: () => 1 };
    const read = await readPage({ log, bodies, clock }, of, shard, start, bounds);
    if (read === undefined) throw new Error("the log is gone");
    return { ...read, texts: read.records.map(({ data }) => Buffer.from(data).toString()) };
  }

  return { log, clock, block, page };
}

describe("a page", () => {
  it("holds everything in order, inline and large, and ends at the tip", async () => {
    const { block, page } = setUp();
    await block(["a", "b"]);
    for (let i = 0; i < 20; i++) await block([`large ${i}`], undefined, true);
    const read = await page(FROM_START);
    expect(read.texts).toEqual(["a", "b", ...Array.from({ length: 20 }, (_, i) => `large ${i}`)]);
    expect(read).toMatchObject({ isAtTip: true, isSealed: false, next: { blockIndex: 21 } });
    expect(await page({ kind: "record", ...read.next })).toMatchObject({
      records: [],
      isAtTip: true,
      next: read.next,
    });
  });

  it("covers every record once, whatever the limit and the size of the blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (sizes, limit) => {
          const { block, page } = setUp();
          const all = sizes.map((size, b) => Array.from({ length: size }, (_, i) => `${b}.${i}`));
          for (const texts of all) await block(texts);
          const seen: string[] = [];
          let start = FROM_START;
          for (;;) {
            const read = await page(start, limit);
            expect(read.texts.length).toBeLessThanOrEqual(limit);
            seen.push(...read.texts);
            if (read.isAtTip) break;
            expect(read.texts.length).toBeGreaterThan(0);
            start = { kind: "record", ...read.next };
          }
          expect(seen).toEqual(all.flat());
        },
      ),
      { numRuns: 60 },
    );
  });

  it("begins in the midst of a block, and behind its last record with the next", async () => {
    const { block, page } = setUp();
    await block(["a", "b", "c"]);
    await block(["d"]);
    const from = (position: number) => page({ kind: "record", blockIndex: 0, position });
    expect((await from(1)).texts).toEqual(["b", "c", "d"]);
    expect((await from(3)).texts).toEqual(["d"]);
  });

  it("holds one record at least, and no more than its bytes", async () => {
    const { block, log, clock } = setUp();
    await block(["a", "b", "c"]);
    const read = (byteCount: number) =>
      readPage({ log, bodies: memoryBodies(systemRandom), clock }, stream, young, FROM_START, {
        recordCount: 10,
        byteCount,
        bytesOf: () => 10,
      });
    expect((await read(25))?.records).toHaveLength(2);
    expect((await read(1))?.records).toHaveLength(1);
    expect(await read(25)).toMatchObject({ next: { blockIndex: 0, position: 2 }, isAtTip: false });
  });

  it("ends where the log cannot be read any further, unless that is where it begins", async () => {
    const { log, clock, block } = setUp();
    const bodies = memoryBodies(systemRandom);
    for (const text of ["a", "b", "c"]) await block([text]);
    const busy = (at: number): typeof log => ({
      ...log,
      async *read(range) {
        for await (const entry of log.read(range)) {
          if (entry.index >= at) throw new Error("busy");
          yield entry;
        }
      },
    });
    const bounds = { recordCount: 100, byteCount: 1e6, bytesOf: () => 1 };
    const read = (at: number) =>
      readPage({ log: busy(at), bodies, clock }, stream, young, FROM_START, bounds);
    const page = await read(2);
    expect(page?.records.map(({ data }) => Buffer.from(data).toString())).toEqual(["a", "b"]);
    expect(page).toMatchObject({ next: { blockIndex: 2, position: 0 }, isAtTip: false });
    await expect(read(0)).rejects.toThrow("busy");
  });

  it("says when the shard is sealed", async () => {
    const { block, page, log } = setUp();
    await block(["a"]);
    log.seal(KEY);
    expect(await page(FROM_START)).toMatchObject({ isAtTip: true, isSealed: true });
  });
});

describe("a block on its way", () => {
  it("ends the page without waiting", async () => {
    const { block, page, clock } = setUp();
    await block(["a"]);
    await block(undefined);
    await block(["c"]);
    const read = await page(FROM_START);
    expect(read.texts).toEqual(["a"]);
    expect(read).toMatchObject({ isAtTip: false, next: { blockIndex: 1, position: 0 } });
    expect(clock.now()).toBe(NOW_MS);
  });

  it("is waited for where the page begins with it", async () => {
    const { block, page, clock, log } = setUp();
    const late = await block(undefined);
    await block(["b"]);
    const read = page(FROM_START);
    await clock.sleep(500);
    await log.write(late);
    expect((await read).texts).toEqual(["late", "b"]);
  });

  it("is closed when it does not come, and its writer then loses", async () => {
    const { block, page, log } = setUp();
    const late = await block(undefined);
    await block(["b"]);
    expect((await page(FROM_START)).texts).toEqual(["b"]);
    expect(await log.write(late)).toEqual({ kind: "lost", winner: "tombstone" });
  });

  it("is closed at the tip, too", async () => {
    const { block, page, log } = setUp();
    const late = await block(undefined);
    expect(await page(FROM_START)).toMatchObject({ records: [], isAtTip: true });
    expect(await log.write(late)).toMatchObject({ kind: "lost" });
  });
});

describe("retention", () => {
  it("hides a record from the millisecond it ends, although the store still has it", async () => {
    const { block, page, clock } = setUp(old);
    await block(["a"], NOW_MS - DAY_MS);
    await block(["b"], NOW_MS - DAY_MS + 1);
    expect((await page(FROM_START)).texts).toEqual(["a", "b"]);
    await clock.sleep(1);
    expect((await page(FROM_START)).texts).toEqual(["b"]);
    await clock.sleep(1);
    expect(await page(FROM_START)).toMatchObject({ records: [], isAtTip: true });
  });

  it("is the present one: raised it shows again what the store still has", async () => {
    const { block, page } = setUp(old);
    await block(["a"], NOW_MS - 2 * DAY_MS);
    expect((await page(FROM_START)).texts).toEqual([]);
    const raised = { ...stream, retentionHours: 72 };
    expect((await page(FROM_START, 10, raised)).texts).toEqual(["a"]);
  });

  it("finds the first live record among very many expired ones without going through them", async () => {
    const { block, page, log } = setUp(old);
    for (let i = 0; i < 20_000; i++) await block(["x"], NOW_MS - 2 * DAY_MS + i);
    for (let i = 0; i < 3; i++) await block([`live ${i}`], NOW_MS - 1000);
    let entryCount = 0;
    const read = log.read.bind(log);
    log.read = async function* (range) {
      for await (const entry of read(range)) {
        entryCount++;
        yield entry;
      }
    };
    expect((await page(FROM_START)).texts).toEqual(["live 0", "live 1", "live 2"]);
    expect(entryCount).toBeLessThan(100);
  });

  it("passes what the store removed, waiting for and closing only what a writer might still write", async () => {
    const { block, page, log, clock } = setUp(old);
    for (let i = 0; i < 9000; i++) await block(["x"], NOW_MS - 2 * DAY_MS + i);
    log.expire(NOW_MS);
    const late = await block(undefined, NOW_MS - 3000);
    await block(["live"], NOW_MS - 3000);
    expect((await page(FROM_START)).texts).toEqual(["live"]);
    expect(await log.write(late)).toMatchObject({ kind: "lost", winner: "tombstone" });
    let entryCount = 0;
    for await (const _ of log.read({ shard: KEY, from: 0, to: Infinity })) entryCount++;
    expect(entryCount).toBe(2);
    expect(clock.now()).toBe(NOW_MS + 2000);
  });

  it("loses no block of writers who come all at once after a day of silence", async () => {
    const { block, page, log, clock } = setUp(old);
    const writers = [];
    for (let i = 0; i < 4000; i++) writers.push(await block(undefined, NOW_MS - 100));
    const reading = page(FROM_START, 10_000);
    await clock.sleep(500);
    for (const made of writers) await log.write(made);
    expect((await reading).texts).toHaveLength(4000);
  });

  it("closes a hole in an old shard also where another writer has closed his own behind it", async () => {
    const { log, block, page } = setUp(old);
    const dead = await block(undefined);
    await block(undefined);
    await log.fill(KEY, 1, NOW_MS + DAY_MS);
    await block(["a"]);
    expect((await page(FROM_START)).texts).toEqual(["a"]);
    expect(await log.write(dead)).toEqual({ kind: "lost", winner: "tombstone" });
  });

  it("leaves nothing to read when the store removed all, nothing to wait for and nothing to write", async () => {
    const { block, page, log, clock } = setUp(old);
    for (let i = 0; i < 500; i++) await block(["x"], NOW_MS - 2 * DAY_MS + i);
    log.expire(NOW_MS);
    const isAtTip = { records: [], isAtTip: true };
    expect(await page(FROM_START)).toMatchObject(isAtTip);
    log.seal(KEY);
    expect(await page(FROM_START)).toMatchObject({ ...isAtTip, isSealed: true });
    expect(clock.now()).toBe(NOW_MS);
    for await (const entry of log.read({ shard: KEY, from: 0, to: Infinity })) {
      expect.fail(`${entry.kind} ${entry.index}`);
    }
  });

  it("closes every hole before a block of this moment", async () => {
    const { block, page, log } = setUp(young);
    const late: Block[] = [];
    for (let i = 0; i < 300; i++) late.push(await block(undefined));
    await block(["live"]);
    expect((await page(FROM_START)).texts).toEqual(["live"]);
    for (const each of late) expect(await log.write(each)).toMatchObject({ kind: "lost" });
  });
});

describe("a page from a time on", () => {
  const from = (timestampMs: number): IteratorStart => ({ kind: "time", timestampMs });

  it("begins with the first record that arrived then, to the millisecond", async () => {
    const { block, page } = setUp();
    for (let i = 0; i < 1000; i++) await block([`${i}`], NOW_MS - HOUR_MS + i * 10);
    const first = async (ms: number) => (await page(from(NOW_MS - HOUR_MS + ms))).texts[0];
    expect(await first(0)).toBe("0");
    expect(await first(4990)).toBe("499");
    expect(await first(4991)).toBe("500");
    expect(await first(-5)).toBe("0");
  });

  it("is at the tip when nothing arrived since", async () => {
    const { block, page } = setUp();
    await block(["a"], NOW_MS - 1000);
    const read = await page(from(NOW_MS));
    expect(read).toMatchObject({ records: [], isAtTip: true, next: { blockIndex: 1 } });
  });

  it("goes on with whatever follows, also what a slower clock stamped", async () => {
    const { block, page } = setUp();
    await block(["a"], NOW_MS - 3000);
    await block(["b"], NOW_MS - 2000);
    await block(["c"], NOW_MS - 2500);
    expect((await page(from(NOW_MS - 2000))).texts).toEqual(["b", "c"]);
  });

  it("does not pass a block on its way that may have arrived since", async () => {
    const { block, page, log } = setUp();
    await block(["a"], NOW_MS - 3000);
    const late = await block(undefined, NOW_MS - 2000);
    await block(["c"], NOW_MS - 2000);
    expect((await page(from(NOW_MS - 2500))).texts).toEqual(["c"]);
    expect(await log.write(late)).toMatchObject({ kind: "lost" });
  });

  it("keeps to its time behind a block that was on its way and arrived before", async () => {
    const { block, page, log, clock } = setUp();
    await block(["a"], NOW_MS - 3000);
    const late = await block(undefined, NOW_MS - 2900);
    await block(["c"], NOW_MS - 2000);
    const read = page(from(NOW_MS - 2500));
    await clock.sleep(500);
    await log.write(late);
    expect((await read).texts).toEqual(["c"]);
  });
});
