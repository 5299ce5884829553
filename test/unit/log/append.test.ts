import { expect, test } from "vitest";
import { createAppender } from "../../../src/log/append.ts";
import { unpackRecords } from "../../../src/log/frame.ts";
import type { BodyStore, LogEntry, LogStore, ShardKey } from "../../../src/log/store.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "firehose/logs/0123456789abcdef/0000" as ShardKey;
const RETENTION_MS = 86_400_000;
const START_MS = Date.parse("2026-11-23T10:00:00Z");

function setUp(
  change: (log: LogStore) => Partial<LogStore> = () => ({}),
  otherBodies: Partial<BodyStore> = {},
) {
  const memory = memoryLog();
  memory.open(SHARD);
  const log: LogStore = { ...memory, ...change(memory) };
  const random = seededRandom(1);
  const bodies = memoryBodies(random);
  const clock = steppingClock(START_MS);
  const ports = { log, bodies: { ...bodies, ...otherBodies }, clock, random };
  /** One process: its calls to a shard gather while one is under way. */
  const process = () => {
    const appender = createAppender(ports);
    return (texts: readonly string[], request?: { proof: Uint8Array; attempt: number }) =>
      appender.append(
        SHARD,
        texts.map((text) => ({ data: Buffer.from(text) })),
        { retentionMs: RETENTION_MS, ...(request && { request }) },
      );
  };
  return {
    memory,
    bodies,
    append: process(),
    elsewhere: process(),
    async entries() {
      const entries: LogEntry[] = [];
      for await (const entry of memory.read({ shard: SHARD, from: 0, to: Infinity }))
        entries.push(entry);
      return entries;
    },
    async texts(entry: LogEntry | undefined) {
      if (entry?.kind !== "data") return [];
      const { body } = entry;
      const bytes = body.kind === "inline" ? body.bytes : await bodies.get(body.key);
      return unpackRecords(bytes).map(({ data }) => Buffer.from(data).toString());
    },
  };
}

/** A promise and its key. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const request = (attempt: number) => ({ proof: new Uint8Array(16).fill(7), attempt });

test("a call becomes one block with its place in records and bytes", async () => {
  const { append, entries, texts } = setUp();
  expect(await append(["one", "two"])).toEqual({
    kind: "appended",
    blockIndex: 0,
    position: 0,
    recordCount: 2,
    arrivedAtMs: START_MS,
  });
  await append(["three"]);
  const [first, second] = await entries();
  expect(await texts(first)).toEqual(["one", "two"]);
  expect(second).toMatchObject({
    index: 1,
    firstRecord: 2,
    recordCount: 1,
    byteOffset: 6,
    byteCount: 5,
    expiresAtMs: START_MS + RETENTION_MS,
  });
});

test("calls that wait for the one under way travel together, in the order they came", async () => {
  const held = gate();
  let writes = 0;
  const { append, entries, texts } = setUp((log) => ({
    async write(block) {
      if (writes++ === 0) await held.opened;
      return log.write(block);
    },
  }));
  const answers = [append(["a"]), append(["b1", "b2"]), append(["c"])];
  held.open();
  expect(await Promise.all(answers)).toMatchObject([
    { blockIndex: 0, position: 0 },
    { blockIndex: 1, position: 0 },
    { blockIndex: 1, position: 2 },
  ]);
  expect(await texts((await entries())[1])).toEqual(["b1", "b2", "c"]);
});

test("a body too large for an item is in the bucket before its index is reserved", async () => {
  const seen: number[] = [];
  const set = setUp((log) => ({
    reserve(shard, append) {
      seen.push(set.bodies.keys().length);
      return log.reserve(shard, append);
    },
  }));
  const incompressible = Buffer.from(seededRandom(2).bytes(20_000)).toString("hex");
  await set.append([incompressible]);
  const [entry] = await set.entries();
  expect(entry).toMatchObject({ body: { kind: "object" } });
  expect(await set.texts(entry)).toEqual([incompressible]);
  expect(seen).toEqual([1]);
});

test("while the bucket does not answer, a body goes into the item as long as it fits", async () => {
  const down = { put: () => Promise.reject(new Error("S3 is down")) };
  const { append, entries, texts } = setUp(undefined, down);
  const textOf = (bytes: number) => Buffer.from(seededRandom(3).bytes(bytes / 2)).toString("hex");
  await append([textOf(100_000)]);
  const [entry] = await entries();
  expect(entry).toMatchObject({ body: { kind: "inline" } });
  expect(await texts(entry)).toEqual([textOf(100_000)]);
  await expect(append([textOf(900_000)])).rejects.toThrow("S3 is down");
  expect(await entries()).toHaveLength(1);
});

test("a body that the bucket is too busy for goes into the item, or nowhere at all", async () => {
  const busy = { put: async () => undefined };
  const { append, entries, memory } = setUp(undefined, busy);
  const noise = (bytes: number) => Buffer.from(seededRandom(2).bytes(bytes)).toString("base64");
  expect(await append([noise(20_000)])).toMatchObject({ kind: "appended" });
  expect((await entries())[0]).toMatchObject({ body: { kind: "inline" } });
  expect(await append([noise(400_000)])).toEqual({ kind: "throttled" });
  expect(await memory.head(SHARD)).toMatchObject({ blockIndex: 1 });
});

test("a writer whose place was closed by a reader stores nothing and says so", async () => {
  let isFirst = true;
  const { append, entries } = setUp((log) => ({
    async write(block) {
      if (isFirst) await log.fill(block.shard, block.index, START_MS);
      isFirst = false;
      return log.write(block);
    },
  }));
  expect(await append(["late"], request(1))).toEqual({ kind: "throttled" });
  expect(await append(["late"], request(2))).toMatchObject({ kind: "appended", blockIndex: 1 });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("a retry that closed its first attempt's place is stored once, though that attempt goes on", async () => {
  const reserved = gate();
  const held = gate();
  let writes = 0;
  const { append, elsewhere, entries } = setUp((log) => ({
    async write(block) {
      if (writes++ === 0) {
        reserved.open();
        await held.opened;
      }
      return log.write(block);
    },
  }));
  const first = append(["x"], request(1));
  await reserved.opened;
  expect(await elsewhere(["x"], request(2))).toMatchObject({ kind: "appended", blockIndex: 1 });
  held.open();
  expect(await first).toEqual({ kind: "throttled" });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("a retry finds its first attempt behind more than a page of other calls", async () => {
  const { append, entries } = setUp();
  const first = await append(["x"], request(1));
  for (let i = 0; i < 1200; i++) await append([`other ${i}`]);
  expect(await append(["x"], request(2))).toEqual(first);
  expect(await entries()).toHaveLength(1201);
});

test("nothing is stored in a sealed shard", async () => {
  const { append, entries, memory } = setUp();
  memory.seal(SHARD);
  expect(await append(["x"])).toEqual({ kind: "closed" });
  expect(await entries()).toEqual([]);
});

test("a store that is too busy is told to the caller, before and after the reservation", async () => {
  const reserving = setUp(() => ({ reserve: async () => ({ kind: "throttled" }) }));
  expect(await reserving.append(["x"])).toEqual({ kind: "throttled" });
  const writing = setUp(() => ({ write: async () => ({ kind: "throttled" }) }));
  expect(await writing.append(["x"])).toEqual({ kind: "throttled" });
});

test("a failed write fails all calls of its block, and later ones go on", async () => {
  let writes = 0;
  const { append } = setUp((log) => ({
    write: (block) => (writes++ === 0 ? Promise.reject(new Error("down")) : log.write(block)),
  }));
  await expect(append(["a"])).rejects.toThrow("down");
  expect(await append(["b"])).toMatchObject({ kind: "appended", blockIndex: 1 });
});

test("a producer's retry gets the first answer again, and its records are stored once", async () => {
  const { append, entries } = setUp();
  await append(["before"]);
  const first = await append(["x", "y"], request(1));
  await append(["after"]);
  expect(await append(["x", "y"], request(2))).toEqual(first);
  expect(await entries()).toHaveLength(3);
});

test("a retry waits for a first attempt that is still on its way", async () => {
  const reserved = gate();
  const held = gate();
  const { append, entries } = setUp((log) => ({
    async write(block) {
      reserved.open();
      await held.opened;
      return log.write(block);
    },
  }));
  const first = append(["x"], request(1));
  await reserved.opened;
  const again = append(["x"], request(2));
  held.open();
  expect(await again).toEqual(await first);
  expect(await entries()).toHaveLength(1);
});

test("a retry whose first attempt died after its reservation is stored once, past a tombstone", async () => {
  let isFirst = true;
  const { append, entries } = setUp((log) => ({
    write(block) {
      const died = isFirst;
      isFirst = false;
      return died ? Promise.reject(new Error("killed")) : log.write(block);
    },
  }));
  await expect(append(["x"], request(1))).rejects.toThrow("killed");
  expect(await append(["x"], request(2))).toMatchObject({ kind: "appended", blockIndex: 1 });
  expect((await entries()).map(({ kind }) => kind)).toEqual(["tombstone", "data"]);
});

test("a first attempt is never taken for a retry", async () => {
  const { append, entries } = setUp();
  await append(["x"], request(1));
  await append(["x"], request(1));
  expect(await entries()).toHaveLength(2);
});
