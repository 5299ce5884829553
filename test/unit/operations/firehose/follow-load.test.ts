/** Lanes that follow their load, as those see it who put. */
import { describe, expect, it } from "vitest";
import {
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
} from "../../../../src/delivery/delivery-stream.ts";
import { laneMeter } from "../../../../src/delivery/lane-meter.ts";
import { createAppender } from "../../../../src/log/append.ts";
import type { LogStore } from "../../../../src/log/store.ts";
import { LANE_CHANGE_PAUSE_MS } from "../../../../src/limits.ts";
import type { DeliveryStreamContext } from "../../../../src/operations/context.ts";
import { streamCache } from "../../../../src/operations/stream-cache.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
import { seededRandom } from "../../../helpers/seeded-random.ts";
import { createRequest, harness } from "./harness.ts";

const DeliveryStreamName = "access-logs";
const MB = 1e6;

async function setUp() {
  const made = harness();
  await made.call("CreateDeliveryStream", createRequest());
  made.advance(LANE_CHANGE_PAUSE_MS);
  const stream = async () => (await made.deliveryStreams.get(DeliveryStreamName))!;
  /** Reservations by processes that nobody here sees, shared out evenly. */
  async function others(load: { readonly calls: number; readonly bytes: number }) {
    const { lanes } = await stream();
    const count = lanes!.open.length;
    for (const lane of lanes!.open) {
      const key = laneKey(await stream(), lane);
      const share = { recordCount: 1, byteCount: load.bytes / load.calls };
      for (let i = 0; i < load.calls / count; i++) await made.log.reserve(key, share);
    }
  }
  return {
    ...made,
    stream,
    /** A producer's process of its own: what it put before is all that it knows. */
    startProcess(seed: number) {
      const { clock, log, deliveryStreams } = made.context;
      const random = seededRandom(seed);
      const meter = laneMeter(clock);
      const reads = { count: 0 };
      const counted = {
        get: (name: string) => {
          reads.count += 1;
          return deliveryStreams.get(name);
        },
      };
      const own: Partial<DeliveryStreamContext> = {
        random,
        laneMeter: meter,
        streamCache: streamCache(counted, clock),
        appender: createAppender({
          log: meter.watch(log),
          bodies: memoryBodies(random),
          clock,
          random,
        }),
      };
      const put = async () => {
        const Record = { Data: Buffer.from("x").toString("base64") };
        const { error } = await made.call("PutRecord", { DeliveryStreamName, Record }, own);
        expect(error).toBeUndefined();
      };
      return { put, reads };
    },
    /** Second after second under that load, with a few puts of the process in each. */
    async underLoad(
      process: { readonly put: () => Promise<void> },
      load: { readonly calls: number; readonly bytes: number },
      seconds: number,
      putsPerSecond = 8,
    ) {
      for (let second = 0; second < seconds; second++) {
        await others(load);
        for (let i = 0; i < putsPerSecond; i++) await process.put();
        made.advance(1000);
      }
    },
    openCount: async () => (await stream()).lanes?.open.length,
  };
}

describe("the lanes of a stream", () => {
  it("stay one under a load that one bears, and nothing is asked for it", async () => {
    const made = await setUp();
    const process = made.startProcess(1);
    await made.underLoad(process, { calls: 600, bytes: 10 * MB }, 20);
    expect(await made.openCount()).toBe(1);
    expect(process.reads.count).toBe(1);
  });

  it("follow the calls of all processes, with readers, though this one puts little", async () => {
    const made = await setUp();
    await made.underLoad(made.startProcess(1), { calls: 1000, bytes: 1 * MB }, 10, 20);
    expect(await made.openCount()).toBe(3);
    const stream: DeliveryStream = await made.stream();
    for (const lane of stream.lanes!.open) {
      const readers = await made.readers.list(laneKey(stream, lane));
      expect(readers.map(({ readerId }) => readerId)).toEqual([DELIVERY_READER]);
    }
  });

  it("follow the bytes", async () => {
    const made = await setUp();
    await made.underLoad(made.startProcess(1), { calls: 20, bytes: 100 * MB }, 5);
    expect(await made.openCount()).toBe(13);
  });

  it("are known to another process once it sees too much on those that it knows", async () => {
    const made = await setUp();
    const late = made.startProcess(2);
    await made.underLoad(late, { calls: 20, bytes: 1 * MB }, 2);
    await made.underLoad(made.startProcess(1), { calls: 20, bytes: 100 * MB }, 3);
    const before = await made.openCount();
    expect(before).toBeGreaterThan(4);
    const only = (await made.stream()).lanes!.open[0]!;
    const key = laneKey(await made.stream(), only);
    for (let second = 0; second < 4; second++) {
      await made.log.reserve(key, { recordCount: 1, byteCount: 20 * MB });
      await late.put();
      made.advance(1000);
    }
    expect(late.reads.count).toBe(2);
    expect(await made.openCount()).toBe(before);
  });

  it("become more where every put is refused, and no more where that does not help", async () => {
    const made = await setUp();
    const { clock } = made.context;
    const meter = laneMeter(clock);
    const busy = { ...made.log, reserve: async () => ({ kind: "throttled" }) as const };
    const random = seededRandom(3);
    const own = {
      laneMeter: meter,
      random,
      appender: createAppender({
        log: meter.watch(busy),
        bodies: memoryBodies(random),
        clock,
        random,
      }),
    };
    const Record = { Data: Buffer.from("x").toString("base64") };
    for (let i = 0; i < 40; i++) {
      const { error } = await made.call("PutRecord", { DeliveryStreamName, Record }, own);
      expect(error?.name).toBe("ServiceUnavailableException");
      made.advance(100);
    }
    expect(await made.openCount()).toBe(4);
  });

  it("are opened for as much as is refused, and take the very call that opens them", async () => {
    const made = await setUp();
    const stream = await made.stream();
    const first = laneKey(stream, 0);
    const { clock } = made.context;
    const meter = laneMeter(clock);
    let roomCount = 5;
    const full: LogStore = {
      ...made.log,
      async reserve(shard, append) {
        if (shard === first && roomCount-- <= 0) return { kind: "throttled" };
        return made.log.reserve(shard, append);
      },
    };
    const random = seededRandom(4);
    const own = {
      laneMeter: meter,
      random,
      appender: createAppender({
        log: meter.watch(full),
        bodies: memoryBodies(random),
        clock,
        random,
      }),
    };
    const Record = { Data: Buffer.from("x").toString("base64") };
    const answers: (string | undefined)[] = [];
    for (let i = 0; i < 60; i++) {
      const { error } = await made.call("PutRecord", { DeliveryStreamName, Record }, own);
      answers.push(error?.name);
      made.advance(15);
    }
    // Five find room; the next look of those that do not is a quarter of a second behind the first.
    const refusedCount = answers.lastIndexOf("ServiceUnavailableException") + 1 - 5;
    expect(answers.filter(Boolean)).toHaveLength(refusedCount);
    expect(refusedCount).toBeLessThanOrEqual(250 / 15 + 1);
    // 23 calls for 5 that were taken: three times what makes a lane busy, and half of that for each.
    expect(await made.openCount()).toBe(7);
  });

  it("take the call whose process came too late to open them", async () => {
    const made = await setUp();
    const { update } = made.deliveryStreams;
    // Another process is always a little faster.
    made.deliveryStreams.update = async (before, after, lanes) => {
      await update(before, { ...after, versionId: after.versionId + 1 }, lanes);
      return "conflict";
    };
    const first = laneKey(await made.stream(), 0);
    const { clock } = made.context;
    const meter = laneMeter(clock);
    const full: LogStore = {
      ...made.log,
      reserve: async (shard, append) =>
        shard === first ? { kind: "throttled" } : made.log.reserve(shard, append),
    };
    const random = seededRandom(6);
    const bodies = memoryBodies(random);
    const own = {
      laneMeter: meter,
      random,
      appender: createAppender({ log: meter.watch(full), bodies, clock, random }),
    };
    const Record = { Data: Buffer.from("x").toString("base64") };
    const openCounts: (number | undefined)[] = [];
    for (let isTaken = false; !isTaken; made.advance(100)) {
      openCounts.push(await made.openCount());
      const { error } = await made.call("PutRecord", { DeliveryStreamName, Record }, own);
      isTaken = error === undefined;
    }
    expect(openCounts).toEqual(openCounts.map(() => 1));
  });

  it("take what another lane has no room for, also those that others have opened", async () => {
    const made = await setUp();
    const late = made.startProcess(5);
    await late.put();
    await made.underLoad(made.startProcess(1), { calls: 20, bytes: 100 * MB }, 3);
    const before = await made.openCount();
    expect(before).toBeGreaterThan(4);
    const first = laneKey(await made.stream(), 0);
    const { reserve } = made.log;
    const full: LogStore["reserve"] = async (shard, append) =>
      shard === first ? { kind: "throttled" } : reserve(shard, append);
    made.log.reserve = full;
    for (let i = 0; i < 20; i++) await late.put();
    expect(late.reads.count).toBe(2);
    expect(await made.openCount()).toBe(before);
  });

  it("are not waited for: a put succeeds though none can be opened", async () => {
    const made = await setUp();
    const process = made.startProcess(1);
    made.deliveryStreams.update = () => Promise.reject(new Error("busy"));
    await made.underLoad(process, { calls: 20, bytes: 100 * MB }, 3);
    expect(await made.openCount()).toBe(1);
  });

  it("are not waited for long: a put is answered though the table has no answer", async () => {
    const made = await setUp();
    const process = made.startProcess(1);
    let askedCount = 0;
    made.deliveryStreams.update = () => {
      askedCount += 1;
      return new Promise(() => {});
    };
    await made.underLoad(process, { calls: 20, bytes: 100 * MB }, 3);
    expect(askedCount).toBeGreaterThan(0);
  });
});
