/** What every `DeliveryStreamStore` promises together with its log and readers. */
import { expect, test } from "vitest";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
} from "../../src/delivery/delivery-stream.ts";
import { withMoreLanes, withoutLanes } from "../../src/delivery/lanes.ts";
import type { DeliveryStreamStore } from "../../src/delivery/ports.ts";
import { LANE_CHANGE_MAX_COUNT, LANES_MAX_COUNT } from "../../src/limits.ts";
import type { LogStore, ShardKey } from "../../src/log/store.ts";
import type { ReaderStore } from "../../src/readers/store.ts";

export interface DeliveryStreamStoreUnderTest {
  readonly streams: DeliveryStreamStore;
  readonly log: LogStore;
  readonly readers: ReaderStore<unknown>;
}

const READERS = [
  { readerId: DELIVERY_READER, sizeBytes: 1000, intervalMs: 5000 },
  { readerId: BACKUP_READER, sizeBytes: 2000, intervalMs: 60_000 },
];

function streamOf(name: string, generation: string): DeliveryStream {
  return {
    name,
    generation,
    versionId: 1,
    createdAtMs: 1_795_428_000_000,
    lanes: { open: [0, 1], next: 2, changedAtMs: 1_795_428_000_000 },
    destination: {
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      bucketArn: "arn:aws:s3:::logs",
      prefix: "späße/!{timestamp:yyyy}/",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      compression: "GZIP",
    },
  };
}

export function testDeliveryStreamStore(make: () => Promise<DeliveryStreamStoreUnderTest>): void {
  const made = make();
  let count = 0;
  const generationOf = (n: number) => n.toString(16).padStart(16, "0");

  async function setUp(name = `contract-${Date.now().toString(36)}-${count++}`) {
    const stores = await made;
    const stream = streamOf(name, generationOf(Date.now() * 1000 + count++));
    return { ...stores, stream, lanes: laneKeys(stream) };
  }

  test("a reader joins a lane that stands, where the lane is by then, or nothing changes", async () => {
    const { streams, readers, stream, lanes } = await setUp();
    const [delivery, backup] = READERS;
    await streams.create(stream, lanes, [delivery!]);
    const checkpoint = { blockIndex: 7, byteOffset: 700 };
    const joining = lanes.map((lane) => ({ ...backup!, lane, checkpoint }));
    const change = { opened: [], readers: [], removed: [], joining };
    const after = { ...stream, versionId: 2 };
    expect(await streams.update(after, { ...after, versionId: 3 }, change)).toBe("conflict");
    expect(await readers.get(lanes[0]!, BACKUP_READER)).toBeUndefined();
    expect(await streams.update(stream, after, change)).toBe("updated");
    for (const lane of lanes) {
      expect(await readers.get(lane, BACKUP_READER)).toMatchObject({
        checkpoint,
        wakeRule: { sizeBytes: 2000, intervalMs: 60_000 },
      });
      expect((await readers.get(lane, DELIVERY_READER))?.checkpoint.blockIndex).toBe(0);
    }
  });

  test("a stream is created with its lanes and their readers, and comes back as it was", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    expect(await streams.create(stream, lanes, READERS)).toBe("created");
    expect(await streams.get(stream.name)).toEqual(stream);
    for (const lane of lanes) {
      expect(await log.head(lane)).toMatchObject({ blockIndex: 0, byteOffset: 0 });
      const found = (await readers.list(lane)).map(({ readerId, wakeRule }) => ({
        readerId,
        ...wakeRule,
      }));
      expect(found.toSorted((a, b) => (a.readerId < b.readerId ? 1 : -1))).toEqual(READERS);
    }
  });

  test("a name is taken once, also by those who race for it, and nothing of the others stays", async () => {
    const { streams, log, stream } = await setUp();
    const rivals = Array.from({ length: 5 }, (_, i) => ({
      ...stream,
      generation: generationOf(i + 1),
    }));
    const results = await Promise.all(
      rivals.map((rival) => streams.create(rival, laneKeys(rival), READERS)),
    );
    expect(results.filter((result) => result === "created")).toHaveLength(1);
    const winner = await streams.get(stream.name);
    for (const rival of rivals) {
      const [lane] = laneKeys(rival);
      const head = lane && (await log.head(lane));
      expect(head !== undefined).toBe(rival.generation === winner?.generation);
    }
  });

  test("creating the same stream again (its answer was lost) is created", async () => {
    const { streams, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    expect(await streams.create(stream, lanes, READERS)).toBe("created");
  });

  test("a removed stream is not created again, and its name is free", async () => {
    const { streams, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    await streams.remove(stream, lanes, Date.now());
    expect(await streams.create(stream, lanes, READERS)).toBe("exists");
    expect(await streams.get(stream.name)).toBeUndefined();
    const next = { ...stream, generation: generationOf(Date.now() * 1000 + count++) };
    expect(await streams.create(next, laneKeys(next), READERS)).toBe("created");
  });

  test("a removed stream is gone with its readers, and its lanes take nothing more", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    expect(await streams.remove(stream, lanes, Date.now())).toBe("removed");
    expect(await streams.get(stream.name)).toBeUndefined();
    for (const lane of lanes) {
      expect(await readers.list(lane)).toEqual([]);
      expect(await log.reserve(lane, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
    }
  });

  test("of changes that race from one state a single one is made, and it may be repeated", async () => {
    const { streams, stream } = await setUp();
    await streams.create(stream, [], []);
    const changes = [2, 3, 4].map((versionId) => ({ ...stream, versionId }));
    const results = await Promise.all(changes.map((change) => streams.update(stream, change)));
    expect(results.toSorted()).toEqual(["conflict", "conflict", "updated"]);
    const kept = changes[results.indexOf("updated")]!;
    expect(await streams.get(stream.name)).toEqual(kept);
    expect(await streams.update(stream, kept)).toBe("updated");
  });

  test("lanes are opened with a change, as many as one step may, each with its readers", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const after = withMoreLanes(stream.lanes!, LANES_MAX_COUNT, stream.createdAtMs);
    const grown = { ...stream, lanes: after };
    const opened = laneKeys(grown).slice(lanes.length);
    expect(opened).toHaveLength(LANE_CHANGE_MAX_COUNT);
    const change = { opened, readers: READERS, removed: [] };
    expect(await streams.update(stream, grown, change)).toBe("updated");
    expect(await streams.get(stream.name)).toEqual(grown);
    for (const lane of [opened[0]!, opened.at(-1)!]) {
      const found = (await readers.list(lane)).map(({ readerId }) => readerId);
      expect(found.toSorted()).toEqual([BACKUP_READER, DELIVERY_READER]);
      const first = await log.reserve(lane, { recordCount: 1, byteCount: 1 });
      expect(first).toMatchObject({ kind: "reserved", blockIndex: 0 });
    }
    expect(await streams.update(stream, grown, change)).toBe("updated");
    // That its answer was lost undoes nothing.
    expect(await log.head(opened[0]!)).toMatchObject({ blockIndex: 1 });
  });

  test("a change that lost opens no lane", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const winner = { ...stream, versionId: 2 };
    await streams.update(stream, winner);
    const late = { ...stream, lanes: withMoreLanes(stream.lanes!, 3, stream.createdAtMs) };
    const opened = laneKeys(late).slice(lanes.length);
    expect(await streams.update(stream, late, { opened, readers: READERS, removed: [] })).toBe(
      "conflict",
    );
    expect(await streams.get(stream.name)).toEqual(winner);
    expect(await log.head(opened[0]!)).toBeUndefined();
    expect(await readers.list(opened[0]!)).toEqual([]);
  });

  test("a sealed lane takes nothing more and can still be read; then it is removed with its readers", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const [first, last] = lanes as [ShardKey, ShardKey];
    await log.reserve(last, { recordCount: 1, byteCount: 10 });
    await streams.sealLane(last);
    await streams.sealLane(last);
    expect(await log.reserve(last, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
    expect(await log.head(last)).toMatchObject({ blockIndex: 1, sealed: true });
    const left = { ...stream, lanes: withoutLanes(stream.lanes!, [1]) };
    const change = { opened: [], readers: [], removed: [last] };
    expect(await streams.update(stream, left, change)).toBe("updated");
    expect(await streams.update(stream, left, change)).toBe("updated");
    expect(await log.head(last)).toBeUndefined();
    expect(await readers.list(last)).toEqual([]);
    await streams.sealLane(last);
    expect(await log.head(last)).toBeUndefined();
    expect(await log.reserve(first, { recordCount: 1, byteCount: 1 })).toMatchObject({
      kind: "reserved",
    });
  });

  test("of a lane that is kept in mind the counter still says how far it reached", async () => {
    const { streams, log, readers, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const last = lanes[1]!;
    await log.reserve(last, { recordCount: 3, byteCount: 10 });
    const left = { ...stream, lanes: withoutLanes(stream.lanes!, [1]) };
    const keptUntilMs = Date.now() + 3_600_000;
    const change = { opened: [], readers: [], removed: [last], keptUntilMs };
    expect(await streams.update(stream, left, change)).toBe("updated");
    expect(await log.head(last)).toMatchObject({ blockIndex: 1, recordCount: 3, sealed: true });
    expect(await log.reserve(last, { recordCount: 1, byteCount: 1 })).toEqual({ kind: "closed" });
    expect(await readers.list(last)).toEqual([]);
  });

  test("a stream that has other lanes by now is not removed", async () => {
    const { streams, log, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const grown = { ...stream, lanes: withMoreLanes(stream.lanes!, 3, stream.createdAtMs) };
    const opened = laneKeys(grown).slice(lanes.length);
    await streams.update(stream, grown, { opened, readers: READERS, removed: [] });
    expect(await streams.remove(stream, lanes, Date.now())).toBe("conflict");
    expect(await streams.get(stream.name)).toEqual(grown);
    expect(await log.head(lanes[0]!)).toBeDefined();
    expect(await streams.remove(grown, laneKeys(grown), Date.now())).toBe("removed");
    expect(await log.reserve(opened[0]!, { recordCount: 1, byteCount: 1 })).toEqual({
      kind: "closed",
    });
  });

  test("a change of what is gone is a conflict", async () => {
    const { streams, stream } = await setUp();
    expect(await streams.update(stream, { ...stream, versionId: 2 })).toBe("conflict");
    expect(await streams.get(stream.name)).toBeUndefined();
  });

  test("removing an earlier generation leaves the present one alone", async () => {
    const { streams, stream, lanes } = await setUp();
    await streams.create(stream, lanes, READERS);
    const earlier = { ...stream, generation: generationOf(7) };
    expect(await streams.remove(earlier, laneKeys(earlier), Date.now())).toBe("gone");
    expect(await streams.get(stream.name)).toEqual(stream);
  });

  test("names are listed in byte order, page by page, from a name that need not exist", async () => {
    const { streams } = await made;
    const unique = `list-${Date.now().toString(36)}`;
    const names = ["B", "a", "Z.1", "_", "a-1"].map((end) => `${unique}-${end}`);
    for (const name of names) {
      const { stream, lanes } = await setUp(name);
      await streams.create(stream, lanes, READERS);
    }
    const sorted = ["B", "Z.1", "_", "a", "a-1"].map((end) => `${unique}-${end}`);
    expect(await streams.list({ after: `${unique}-`, limit: 3 })).toEqual(sorted.slice(0, 3));
    expect(await streams.list({ after: `${unique}-Y`, limit: 2 })).toEqual(sorted.slice(1, 3));
    expect((await streams.list({ after: unique, limit: 5 })).toSorted()).toEqual(sorted);
    expect(
      (await streams.list({ limit: 10_000 })).filter((name) => name.startsWith(unique)),
    ).toEqual(sorted);
  });
}
