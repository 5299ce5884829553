/** What every `StreamStore` promises together with its log. */
import { expect, test } from "vitest";
import type { LogStore } from "../../src/log/store.ts";
import { type ReaderStore, SHARD_START } from "../../src/readers/store.ts";
import type { StreamStore } from "../../src/streams/store.ts";
import { type DataStream, dataShardKey, type Shard } from "../../src/streams/stream.ts";

export interface StreamStoreUnderTest {
  readonly streams: StreamStore;
  readonly log: LogStore;
  readonly readers: Pick<ReaderStore<unknown>, "open" | "list">;
}

const END = 2n ** 128n - 1n;
const AT_MS = 1_795_428_000_000;

function shardOf(index: number): Shard {
  return { index, range: { start: BigInt(index), end: END }, createdAtMs: AT_MS };
}

export function testStreamStore(make: () => Promise<StreamStoreUnderTest>): void {
  const made = make();
  let count = 0;

  async function setUp(name = `contract-${Date.now().toString(36)}-${count++}`) {
    const stream: DataStream = {
      name,
      generation: (Date.now() * 1000 + count++).toString(16).padStart(16, "0"),
      createdAtMs: AT_MS,
      revision: 1,
      mode: "PROVISIONED",
      status: "CREATING",
      settledAtMs: AT_MS,
      retentionHours: 24,
      nextShardIndex: 2,
      maxRecordKiB: 1024,
      tags: { team: "späße" },
      shardLevelMetrics: [],
      scaledAtMs: [],
    };
    const { streams, log, readers } = await made;
    return {
      readers,
      streams,
      log,
      stream,
      next: (change: Partial<DataStream>) => ({ ...stream, revision: 2, ...change }),
    };
  }

  test("a stream comes back as it was, a reshard that is under way included", async () => {
    const { streams, stream } = await setUp();
    const pending = { ...stream, pendingReshard: { parentIndexes: [0], children: [shardOf(2)] } };
    expect(await streams.create(pending)).toBe("created");
    expect(await streams.get(stream.name)).toEqual(pending);
    expect(await streams.get(`${stream.name}-other`)).toBeUndefined();
  });

  test("a name is taken once, and the same stream again is created", async () => {
    const { streams, stream } = await setUp();
    const rival = { ...stream, generation: "ffffffffffffffff" };
    const results = await Promise.all([streams.create(stream), streams.create(rival)]);
    expect(results.toSorted()).toEqual(["created", "exists"]);
    const winner = results[0] === "created" ? stream : rival;
    expect(await streams.create(winner)).toBe("created");
  });

  test("of changes that race from one revision a single one is made", async () => {
    const { streams, stream, next } = await setUp();
    await streams.create(stream);
    const changes = [25, 26, 27, 28].map((retentionHours) => next({ retentionHours }));
    const results = await Promise.all(changes.map((change) => streams.update(change)));
    expect(results.filter((result) => result === "updated")).toHaveLength(1);
    const kept = await streams.get(stream.name);
    expect(kept).toEqual(changes[results.indexOf("updated")]);
  });

  test("a change to another generation, or to nothing, is a conflict", async () => {
    const { streams, stream, next } = await setUp();
    expect(await streams.update(next({}))).toBe("conflict");
    await streams.create(stream);
    expect(await streams.update(next({ generation: "0000000000000001" }))).toBe("conflict");
  });

  test("shards come back in order and take appends; adding one again changes nothing", async () => {
    const { streams, log, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(10), shardOf(9), shardOf(1)]);
    await log.reserve(dataShardKey(stream, 9), { recordCount: 1, byteCount: 1 });
    await streams.addShards(stream, [{ ...shardOf(9), createdAtMs: 0 }]);
    expect(await streams.shards(stream)).toEqual([shardOf(1), shardOf(9), shardOf(10)]);
    expect(await streams.shard(stream, 9)).toEqual(shardOf(9));
    expect(await streams.shard(stream, 2)).toBeUndefined();
    const earlier = { ...stream, generation: "0000000000000001" };
    expect(await streams.shard(earlier, 9)).toBeUndefined();
    expect(await log.head(dataShardKey(stream, 9))).toMatchObject({ blockIndex: 1 });
  });

  test("a shard that is born closed takes nothing and is sealed", async () => {
    const { streams, log, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [
      { ...shardOf(0), closed: { atMs: AT_MS, finalBlockIndex: 0, childIndexes: [] } },
    ]);
    const shard = dataShardKey(stream, 0);
    expect(await log.head(shard)).toMatchObject({ sealed: true, blockIndex: 0 });
    expect(await log.reserve(shard, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
  });

  test("a sealed shard takes nothing more and says where it ends, each time", async () => {
    const { streams, log, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(0)]);
    const shard = dataShardKey(stream, 0);
    const appends = Array.from({ length: 10 }, () =>
      log.reserve(shard, { recordCount: 1, byteCount: 1 }),
    );
    const [sealed, ...reserved] = await Promise.all([streams.seal(stream, 0), ...appends]);
    const taken = reserved.filter(({ kind }) => kind === "reserved").length;
    expect(sealed).toEqual({ finalBlockIndex: taken });
    expect(await streams.seal(stream, 0)).toEqual({ finalBlockIndex: taken });
    expect(await log.reserve(shard, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
    expect(await log.head(shard)).toMatchObject({ sealed: true, blockIndex: taken });
  });

  test("the first note that a shard is closed stands", async () => {
    const { streams, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(0)]);
    await streams.close(stream, 0, { atMs: 5, finalBlockIndex: 3, childIndexes: [] });
    await streams.close(stream, 0, { atMs: 9, finalBlockIndex: 3, childIndexes: [] });
    expect(await streams.shards(stream)).toEqual([
      { ...shardOf(0), closed: { atMs: 5, finalBlockIndex: 3, childIndexes: [] } },
    ]);
  });

  test("a removed stream is gone with its shards, also when it is removed again", async () => {
    const { streams, log, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(0), shardOf(1)]);
    expect(await streams.remove(stream)).toBe("removed");
    expect(await streams.remove(stream)).toBe("removed");
    expect(await streams.get(stream.name)).toBeUndefined();
    expect(await streams.shards(stream)).toEqual([]);
    expect(await log.reserve(dataShardKey(stream, 0), { recordCount: 1, byteCount: 1 })).toEqual({
      kind: "closed",
    });
  });

  test("a stream is removed part by part, and stands until its last shard is gone", async () => {
    const { streams, log, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(
      stream,
      [0, 1, 2, 3].map((index) => shardOf(index)),
    );
    for (const left of [2, 0]) {
      expect(await streams.remove(stream, { shardLimit: 2 })).toBe("more");
      expect(await streams.shards(stream)).toHaveLength(left);
      expect(await streams.get(stream.name)).toEqual(stream);
    }
    expect(await streams.remove(stream, { shardLimit: 2 })).toBe("removed");
    expect(await streams.get(stream.name)).toBeUndefined();
    expect(await streams.remove(stream, { shardLimit: 2 })).toBe("removed");
    for (const index of [0, 1, 2, 3]) {
      const reserved = await log.reserve(dataShardKey(stream, index), {
        recordCount: 1,
        byteCount: 1,
      });
      expect(reserved).toEqual({ kind: "closed" });
    }
  });

  test("a removed stream is not made again by a repetition of its creation, another one is", async () => {
    const { streams, stream } = await setUp();
    await streams.create(stream);
    await streams.remove(stream);
    expect(await streams.create(stream)).toBe("exists");
    expect(await streams.get(stream.name)).toBeUndefined();
    const other = { ...stream, generation: "fffffffffffffffe" };
    expect(await streams.create(other)).toBe("created");
    expect(await streams.create(stream)).toBe("exists");
    expect(await streams.get(stream.name)).toEqual(other);
  });

  test("a removed stream's readers are gone, too, however many there are", async () => {
    const { streams, readers, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(0), shardOf(1)]);
    const keys = [0, 1].map((index) => dataShardKey(stream, index));
    const state = { checkpoint: SHARD_START, wakeRule: { sizeBytes: 1, intervalMs: 0 } };
    await readers.open(keys[0]!, "consumer/one", state);
    for (let i = 0; i < 101; i++) await readers.open(keys[1]!, `consumer/${i}`, state);
    await streams.remove(stream);
    for (const key of keys) expect(await readers.list(key)).toEqual([]);
  });

  test("a forgotten shard is gone with its counter and its readers, and the others stay", async () => {
    const { streams, log, readers, stream } = await setUp();
    await streams.create(stream);
    await streams.addShards(stream, [shardOf(0), shardOf(1)]);
    const [gone, kept] = [dataShardKey(stream, 0), dataShardKey(stream, 1)];
    const state = { checkpoint: SHARD_START, wakeRule: { sizeBytes: 1, intervalMs: 0 } };
    for (const shard of [gone, kept]) {
      await readers.open(shard, "one", state);
      await readers.open(shard, "two", state);
    }
    await streams.forget(stream, 0);
    await streams.forget(stream, 0);
    expect(await streams.shards(stream)).toEqual([shardOf(1)]);
    expect(await streams.shard(stream, 0)).toBeUndefined();
    expect(await log.head(gone)).toBeUndefined();
    expect(await log.reserve(gone, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
    expect(await readers.list(gone)).toEqual([]);
    expect(await log.head(kept)).toMatchObject({ blockIndex: 0, sealed: false });
    expect(await readers.list(kept)).toHaveLength(2);
  });

  test("removing an earlier generation leaves the present one alone", async () => {
    const { streams, stream } = await setUp();
    await streams.create(stream);
    await streams.remove({ ...stream, generation: "0000000000000001" });
    expect(await streams.get(stream.name)).toEqual(stream);
  });

  test("names are listed in byte order from a name that need not exist", async () => {
    const { streams } = await made;
    const unique = `list-${Date.now().toString(36)}`;
    for (const end of ["b", "B", "a"])
      await streams.create((await setUp(`${unique}-${end}`)).stream);
    expect(await streams.list({ after: `${unique}-`, limit: 2 })).toEqual([
      `${unique}-B`,
      `${unique}-a`,
    ]);
  });
}
