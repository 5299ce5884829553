/**
 * Lanes under rated load, in virtual time: many processes put, each of which sees no more than its own reservations, a
 * counter takes a thousand updates a second, and a reader delivers what one core compresses. Blocks are not kept.
 */
import { expect, test } from "vitest";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKeys,
} from "../../../../src/delivery/delivery-stream.ts";
import { laneReaders, tendLanes } from "../../../../src/delivery/lane-change.ts";
import { laneMeter } from "../../../../src/delivery/lane-meter.ts";
import { firstLanes } from "../../../../src/delivery/lanes.ts";
import type { LogStore, ShardKey } from "../../../../src/log/store.ts";
import { createAppender } from "../../../../src/log/append.ts";
import { appendRecords } from "../../../../src/operations/firehose/append-records.ts";
import { streamCache } from "../../../../src/operations/stream-cache.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
import { memoryDeliveryStreams } from "../../../../src/storage/memory/delivery-streams.ts";
import { memoryLog } from "../../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";

const MB = 1e6;
const PAYLOAD = Buffer.alloc(4 * MB);
const SLICE_MS = 100;
const COUNTER_UPDATES_PER_SECOND = 1000;
/** Of one reader with a core to itself; measured is more (docs/performance.md). */
const READER_BYTES_PER_SECOND = 30 * MB;

async function loadWorld(processCount: number) {
  const clock = steppingClock(1_800_000_000_000);
  const truth = memoryLog();
  const readers = memoryReaders<never>();
  const deliveryStreams = memoryDeliveryStreams(truth, readers);
  const created: DeliveryStream = {
    name: "logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: clock.now(),
    lanes: firstLanes(clock.now()),
    destination: {
      roleArn: "arn:aws:iam::000000000000:role/firehose",
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 60,
      compression: "GZIP",
    },
  };
  await deliveryStreams.create(created, laneKeys(created), laneReaders(created));
  await clock.sleep(60_000);

  const updates = new Map<string, number>();
  const counters: LogStore = {
    ...truth,
    async reserve(shard, append) {
      const second = `${shard} ${Math.floor(clock.now() / 1000)}`;
      const count = updates.get(second) ?? 0;
      if (count >= COUNTER_UPDATES_PER_SECOND) return { kind: "throttled" };
      updates.set(second, count + 1);
      return truth.reserve(shard, append);
    },
    write: async () => ({ kind: "written" }),
  };
  const processes = Array.from({ length: processCount }, (_, i) => {
    const meter = laneMeter(clock);
    const cache = streamCache(deliveryStreams, clock);
    const random = seededRandom(i + 1);
    const bodies = { ...memoryBodies(random), put: async () => "not kept" };
    return {
      accountId: "000000000000",
      region: "us-east-1",
      clock,
      random,
      deliveryStreams,
      laneMeter: meter,
      streamCache: cache,
      appender: createAppender({ log: meter.watch(counters), bodies, clock, random }),
    };
  });

  const stats = { calls: 0, refused: 0, mostLanes: 1, slowestReaderMs: 0 };
  const delivered = new Map<ShardKey, number>();
  const standing = async () => (await deliveryStreams.get(created.name))!;

  async function call(index: number, byteCount: number): Promise<void> {
    const context = processes[index % processCount]!;
    const result = await appendRecords(
      created.name,
      [{ data: PAYLOAD.subarray(0, byteCount) }],
      context,
    );
    stats.calls += 1;
    if (result.kind === "throttled") stats.refused += 1;
  }

  /** What readers do in a slice of time; how long the last one would take for what is left. */
  async function deliver(): Promise<void> {
    for (const lane of laneKeys(await standing())) {
      const reserved = (await truth.head(lane))!.byteOffset;
      const done = delivered.get(lane) ?? 0;
      const next = Math.min(reserved, done + (READER_BYTES_PER_SECOND * SLICE_MS) / 1000);
      delivered.set(lane, next);
      const leftMs = ((reserved - next) / READER_BYTES_PER_SECOND) * 1000;
      stats.slowestReaderMs = Math.max(stats.slowestReaderMs, leftMs);
    }
  }

  let called = 0;
  return {
    stats,
    openCount: async () => (await standing()).lanes!.open.length,
    async load(
      seconds: number,
      at: (second: number) => { readonly calls: number; readonly bytes: number },
    ) {
      let due = 0;
      for (let slice = 0; slice < (seconds * 1000) / SLICE_MS; slice++) {
        const { calls, bytes } = at((slice * SLICE_MS) / 1000);
        for (due += (calls * SLICE_MS) / 1000; due >= 1; due--) {
          await call(called++, bytes / calls);
        }
        await deliver();
        stats.mostLanes = Math.max(stats.mostLanes, (await standing()).lanes!.open.length);
        await clock.sleep(SLICE_MS);
      }
    },
    /** Minutes of nothing: readers come to the end, and the sweep looks once a minute until it has nothing to tend. */
    async rest() {
      for (let minute = 1; ; minute++) {
        await clock.sleep(60_000);
        for (const lane of laneKeys(await standing())) await readToEnd(lane);
        const ports = { log: truth, readers, deliveryStreams, clock };
        if (!(await tendLanes(ports, await standing()))) return minute;
      }
    },
  };

  async function readToEnd(lane: ShardKey): Promise<void> {
    const nowMs = clock.now();
    const claim = { token: String(nowMs), nowMs, untilMs: nowMs + 1000 };
    const acquired = await readers.acquire(lane, DELIVERY_READER, claim);
    if (acquired.kind !== "acquired") throw new Error(acquired.kind);
    const { blockIndex, byteOffset } = (await truth.head(lane))!;
    const { lease, state } = acquired;
    await readers.advance(lease, state.checkpoint, { blockIndex, byteOffset });
    await readers.release(lease);
  }
}

test("lanes follow from nothing to 100 MB/s in a minute, no reader is far behind, and one is left at last", async () => {
  const world = await loadWorld(20);
  await world.load(60, (second) => {
    const bytes = Math.max(1, second) * (100 / 60) * MB;
    return { calls: Math.max(1, bytes / (4 * MB)), bytes };
  });
  await world.load(30, () => ({ calls: 25, bytes: 100 * MB }));
  expect(world.stats.refused).toBe(0);
  expect(await world.openCount()).toBeGreaterThanOrEqual(7);
  expect(world.stats.mostLanes).toBeLessThanOrEqual(32);
  expect(world.stats.slowestReaderMs).toBeLessThan(10_000);
  expect(await world.rest()).toBeLessThanOrEqual(20);
  expect(await world.openCount()).toBe(1);
});

test("of 10,000 single puts a second, at once, but the first are refused, and soon there is room for all", async () => {
  const world = await loadWorld(150);
  await world.load(3, () => ({ calls: 10_000, bytes: 10 * MB }));
  const { refused } = world.stats;
  expect(refused).toBeLessThan(5000);
  await world.load(1, () => ({ calls: 10_000, bytes: 10 * MB }));
  expect(world.stats.refused).toBe(refused);
  expect(await world.openCount()).toBeGreaterThanOrEqual(14);
  expect(world.stats.mostLanes).toBeLessThanOrEqual(48);
});

test("what one lane bears is left to one, however it comes", async () => {
  const world = await loadWorld(8);
  await world.load(30, () => ({ calls: 600, bytes: 1 * MB }));
  await world.load(30, () => ({ calls: 30, bytes: 14 * MB }));
  expect(world.stats.mostLanes).toBe(1);
});
