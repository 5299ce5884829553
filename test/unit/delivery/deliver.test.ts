import { beforeEach, describe, expect, test } from "vitest";
import { deliver, type DeliverPorts } from "../../../src/delivery/deliver.ts";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
  type S3Destination,
} from "../../../src/delivery/delivery-stream.ts";
import type { DeliveryPlan } from "../../../src/delivery/plan.ts";
import type { FlushReport } from "../../../src/delivery/s3-sink.ts";
import type { FunctionInvoker } from "../../../src/delivery/ports.ts";
import { createAppender } from "../../../src/log/append.ts";
import { memoryBodies } from "../../../src/storage/memory/bodies.ts";
import { memoryDeliveryStreams } from "../../../src/storage/memory/delivery-streams.ts";
import { memoryInvoker, type MemoryFunction } from "../../../src/storage/memory/invoker.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryObjects } from "../../../src/storage/memory/objects.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memoryStreams } from "../../../src/storage/memory/streams.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const START_MS = Date.parse("2026-11-23T10:11:12Z");
const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:clean";
const transform = { functionArn: FUNCTION_ARN, retryCount: 0, bufferBytes: 1_000_000 };

const destination: S3Destination = {
  roleArn: "arn:aws:iam::000000000000:role/hydrant",
  bucketArn: "arn:aws:s3:::logs",
  bufferSizeMiB: 1,
  bufferIntervalSeconds: 5,
  compression: "UNCOMPRESSED",
};

async function setUp(over: Partial<S3Destination> = {}, fn: MemoryFunction = () => ({})) {
  const log = memoryLog();
  const readers = memoryReaders<DeliveryPlan>();
  const random = seededRandom(1);
  const clock = steppingClock(START_MS);
  const bodies = memoryBodies(random);
  const objects = memoryObjects({ partMinBytes: 0 });
  const deliveryStreams = memoryDeliveryStreams(log, readers);
  const stream: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: START_MS,
    laneCount: 1,
    destination: { ...destination, ...over },
  };
  const shard = laneKey(stream, 0);
  await deliveryStreams.create(
    stream,
    [shard],
    [
      { readerId: DELIVERY_READER, sizeBytes: 1000, intervalMs: 5000 },
      { readerId: BACKUP_READER, sizeBytes: 1000, intervalMs: 5000 },
    ],
  );
  const flushes: FlushReport[] = [];
  const ports: DeliverPorts = {
    log,
    readers,
    random,
    clock,
    bodies,
    objects,
    deliveryStreams,
    dataStreams: memoryStreams(log),
    dataStreamArn: (name) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
    invoker: memoryInvoker({ [FUNCTION_ARN]: fn }),
    region: "us-east-1",
    deliveryStreamArn: (name) => `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`,
    report: (flush) => flushes.push(flush),
  };
  const appender = createAppender({ log, bodies, clock, random });
  return {
    ...ports,
    readers,
    log,
    objects,
    stream,
    shard,
    flushes,
    put: (...texts: string[]) =>
      appender.append(
        shard,
        texts.map((text) => ({ data: Buffer.from(text) })),
        { retentionMs: 86_400_000 },
      ),
    run: (
      change: Partial<DeliverPorts> = {},
      over2: {
        readerId?: string;
        isRepeated?: boolean;
        blockIndex?: number;
        deadlineMs?: number;
      } = {},
    ) => {
      const { readerId = DELIVERY_READER, blockIndex = 0, isRepeated = false } = over2;
      return deliver(
        { ...ports, ...change },
        {
          wakeUp: { shard, readerId, blockIndex },
          messageId: "message",
          isRepeated,
          deadlineMs: over2.deadlineMs ?? START_MS + 900_000,
          backOffMs: 1000,
        },
      );
    },
    contents: () =>
      objects.list().map(({ key, body }) => ({ key, text: Buffer.from(body).toString() })),
  };
}

type Rig = Awaited<ReturnType<typeof setUp>>;

/** What a function does with a batch: `verdict` per record's text. */
function answering(verdict: (text: string) => object): MemoryFunction {
  return (event) => {
    const { records } = event as { records: { recordId: string; data: string }[] };
    return {
      records: records.map(({ recordId, data }) => ({
        recordId,
        ...verdict(Buffer.from(data, "base64").toString()),
      })),
    };
  };
}

const ok = (text: string) => ({ result: "Ok", data: Buffer.from(text).toString("base64") });

describe("a flush", () => {
  test("writes the records back to back under AWS's name and moves the checkpoint", async () => {
    const { put, run, contents, objects, readers, shard } = await setUp();
    await put("abc", "def");
    await put("ghi");
    expect(await run()).toEqual({ kind: "done" });
    const [object, ...others] = contents();
    expect(others).toEqual([]);
    expect(object?.text).toBe("abcdefghi");
    expect(object?.key).toMatch(
      /^2026\/11\/23\/10\/access-logs-1-2026-11-23-10-11-12-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(objects.list()[0]?.contentType).toBe("application/octet-stream");
    const reader = await readers.get(shard, DELIVERY_READER);
    expect(reader?.checkpoint).toEqual({ blockIndex: 2, byteOffset: 9 });
  });

  test("puts the delimiter after every record when there is one", async () => {
    const { put, run, contents } = await setUp({ delimiter: "\n" });
    await put("a", "b");
    await run();
    expect(contents()[0]?.text).toBe("a\nb\n");
  });

  test("stops at the size, and goes on while the rest is as large", async () => {
    const { put, run, contents } = await setUp();
    for (let i = 0; i < 5; i++) await put("x".repeat(600));
    await run();
    expect(contents().map(({ text }) => text.length)).toEqual([1200, 1200]);
  });

  test("rings for what is left below the size", async () => {
    const rings: number[] = [];
    const { put, run, log } = await setUp();
    await put("x".repeat(1000));
    await put("rest");
    await run({ log: { ...log, ring: async (_shard, openedAtMs) => void rings.push(openedAtMs) } });
    expect(rings).toEqual([START_MS]);
  });

  test("does nothing for a wake-up whose checkpoint has passed", async () => {
    const { put, run, contents, log } = await setUp();
    await put("one");
    await run();
    await put("two");
    expect(
      await run({ log: { ...log, head: () => Promise.reject(new Error("not asked")) } }),
    ).toEqual({
      kind: "done",
    });
    expect(contents()).toHaveLength(1);
  });

  test("goes on from there when that wake-up is repeated", async () => {
    const { put, run, contents } = await setUp();
    await put("one");
    await run();
    await put("x".repeat(1000));
    await run({}, { isRepeated: true });
    expect(contents()).toHaveLength(2);
  });

  test("closes a hole after the fill timeout and passes it", async () => {
    const { put, run, contents, log, shard } = await setUp();
    await log.reserve(shard, { recordCount: 1, byteCount: 4 });
    await put("next");
    await run();
    expect(contents()).toMatchObject([{ text: "next" }]);
    for await (const entry of log.read({ shard, from: 0, to: 1 }))
      expect(entry.kind).toBe("tombstone");
  });

  test("writes no object for nothing but tombstones or empty records", async () => {
    const { put, run, contents, readers, log, shard } = await setUp();
    await log.reserve(shard, { recordCount: 1, byteCount: 4 });
    await log.fill(shard, 0, START_MS + 86_400_000);
    await put("");
    await run();
    expect(contents()).toEqual([]);
    expect((await readers.get(shard, DELIVERY_READER))?.checkpoint).toEqual({
      blockIndex: 2,
      byteOffset: 4,
    });
  });

  test("leaves out what has expired", async () => {
    const { put, run, contents, clock } = await setUp();
    await put("old");
    await clock.sleep(86_400_001);
    await put("new");
    await run({}, { deadlineMs: START_MS + 2 * 86_400_000 });
    expect(contents()).toMatchObject([{ text: "new" }]);
  });

  test("of the source backup keeps the records as they came, in its own bucket", async () => {
    const backup = { ...destination, bucketArn: "arn:aws:s3:::originals", prefix: "raw/" };
    const { put, run, objects } = await setUp(
      { backup, transform },
      answering(() => ok("changed")),
    );
    await put("original");
    await run();
    await run({}, { readerId: BACKUP_READER });
    const texts = objects.list().map(({ bucket, body }) => [bucket, Buffer.from(body).toString()]);
    expect(texts).toEqual([
      ["logs", "changed"],
      ["originals", "original"],
    ]);
  });

  test("of a stream that was deleted, or created anew, does nothing", async () => {
    const { put, run, contents, deliveryStreams, stream, shard } = await setUp();
    await put("discarded");
    await deliveryStreams.remove(stream, [shard]);
    expect(await run()).toEqual({ kind: "done" });
    const anew = { ...stream, generation: "fedcba9876543210" };
    await deliveryStreams.create(anew, [laneKey(anew, 0)], []);
    expect(await run()).toEqual({ kind: "done" });
    expect(contents()).toEqual([]);
  });
});

describe("a flush that fails", () => {
  test("is asked for again after its back-off, and nobody else tries meanwhile", async () => {
    const { put, run, contents, objects, clock } = await setUp();
    await put("kept");
    const down = { ...objects, putIfAbsent: () => Promise.reject(new Error("S3 is down")) };
    const failed = await run({ objects: down });
    expect(failed).toMatchObject({ kind: "retry", error: new Error("S3 is down") });
    const atMs = failed.kind === "retry" ? failed.atMs : 0;
    expect(await run()).toEqual({ kind: "retry", atMs });
    expect(contents()).toEqual([]);
    await clock.sleep(atMs - clock.now());
    expect(await run({}, { isRepeated: true })).toEqual({ kind: "done" });
    expect(contents()).toMatchObject([{ text: "kept" }]);
  });

  test("is not in the way of a wake-up that comes while its lease is just being released", async () => {
    const { put, run, contents, readers, shard, clock } = await setUp();
    await put("one");
    const claim = { token: "holder", nowMs: START_MS, untilMs: START_MS + 30_000 };
    const held = await readers.acquire(shard, DELIVERY_READER, claim);
    if (held.kind !== "acquired") throw new Error(held.kind);
    void clock.sleep(200).then(() => readers.release(held.lease));
    expect(await run()).toEqual({ kind: "done" });
    expect(contents()).toHaveLength(1);
  });

  test("after the PUT and before the checkpoint meets its own object, though more has arrived", async () => {
    const { put, run, contents, readers, clock } = await setUp();
    await put("once");
    await run({ readers: { ...readers, advance: () => Promise.reject(new Error("killed")) } });
    await put("later");
    await clock.sleep(60_000);
    await run({}, { isRepeated: true });
    expect(contents().map(({ text }) => text)).toEqual(["once", "later"]);
  });

  test("by losing its lease changes nothing after that", async () => {
    const { put, run, contents, readers, shard, objects } = await setUp();
    await put("once");
    const stolen = {
      ...objects,
      async putIfAbsent(...input: Parameters<typeof objects.putIfAbsent>) {
        const later = START_MS + 10_000_000;
        await readers.acquire(shard, DELIVERY_READER, {
          token: "thief",
          nowMs: later,
          untilMs: later,
        });
        return objects.putIfAbsent(...input);
      },
    };
    expect(await run({ objects: stolen })).toEqual({ kind: "done" });
    const reader = await readers.get(shard, DELIVERY_READER);
    expect(reader?.checkpoint.blockIndex).toBe(0);
    expect(reader?.plan?.span.to.blockIndex).toBe(1);
    expect(contents()).toHaveLength(1);
  });
});

describe("a transform", () => {
  const sorting = answering((text) => {
    if (text === "drop") return { result: "Dropped" };
    if (text === "fail") return { result: "ProcessingFailed" };
    return ok(text.toUpperCase());
  });
  let rig: Rig;
  beforeEach(async () => {
    rig = await setUp({ transform }, sorting);
    await rig.put("a", "drop", "fail", "b");
  });

  test("delivers what is Ok, drops what is Dropped, and keeps what failed byte for byte", async () => {
    await rig.run();
    const [good, bad] = rig.contents();
    expect(good?.text).toBe("AB");
    expect(bad?.key).toMatch(/^processing-failed\/2026\/11\/23\/10\/access-logs-1-/);
    const line = JSON.parse(bad?.text ?? "") as { rawData: string; errorCode: string };
    expect(Buffer.from(line.rawData, "base64").toString()).toBe("fail");
    expect(line.errorCode).toBe("Lambda.ProcessingFailedStatus");
    expect(rig.flushes).toMatchObject([{ deliveredCount: 2, failedCount: 1, deliveredBytes: 2 }]);
  });

  test("that answers differently after a crash between the two objects changes nothing", async () => {
    let completions = 0;
    const crashing = {
      ...rig.objects,
      completeIfAbsent: (...args: Parameters<typeof rig.objects.completeIfAbsent>) =>
        completions++ === 0
          ? rig.objects.completeIfAbsent(...args)
          : Promise.reject(new Error("killed")),
    };
    await rig.run({ objects: crashing });
    expect(rig.contents()).toHaveLength(1);
    const contrary = memoryInvoker({
      [FUNCTION_ARN]: answering(() => ({ result: "ProcessingFailed" })),
    });
    await rig.clock.sleep(60_000);
    await rig.run({ invoker: contrary }, { isRepeated: true });
    expect(rig.contents().map(({ text }) => text.slice(0, 10))).toEqual(["AB", '{"rawData"']);
    expect(rig.objects.openUploads()).toEqual([]);
  });

  test("whose plan was stored for another owner leaves that owner's uploads alone", async () => {
    const { readers } = rig;
    const ambiguous = {
      ...readers,
      async savePlan(...args: Parameters<typeof readers.savePlan>) {
        const saved = await readers.savePlan(...args);
        return args[1].staged ? "fenced" : saved;
      },
    };
    expect(await rig.run({ readers: ambiguous })).toEqual({ kind: "done" });
    expect(rig.contents()).toEqual([]);
    await rig.run({}, { isRepeated: true });
    expect(rig.contents()).toHaveLength(2);
    expect(rig.objects.openUploads()).toEqual([]);
  });

  test("with many slow batches in one block gets them all under way at once the second time", async () => {
    let underWay = 0;
    let most = 0;
    const many = await setUp({ transform: { ...transform, bufferBytes: 1 } });
    const invoker: FunctionInvoker = {
      async invoke(_arn, payload) {
        most = Math.max(most, ++underWay);
        await many.clock.sleep(600);
        underWay--;
        const { records } = JSON.parse(payload) as { records: object[] };
        const answer = { records: records.map((record) => ({ ...record, result: "Ok" })) };
        return { kind: "returned", payload: JSON.stringify(answer) };
      },
    };
    await many.put(...Array.from({ length: 12 }, (_, i) => `record ${i}`));
    const first = await many.run({ invoker }, { deadlineMs: many.clock.now() + 1000 });
    expect(first).toMatchObject({ kind: "retry" });
    expect(most).toBe(5);
    if (first.kind === "retry") await many.clock.sleep(Math.max(0, first.atMs - many.clock.now()));
    await many.run({ invoker }, { isRepeated: true, deadlineMs: many.clock.now() + 1000 });
    expect(most).toBeGreaterThanOrEqual(12);
    expect(many.contents()).toHaveLength(1);
  });

  test("that never gets through within a run keeps its count of attempts, and ends in the error output", async () => {
    const settings = { ...transform, retryCount: 3 };
    const failing = await setUp({ transform: settings }, () => {
      throw new Error("no");
    });
    await failing.put("x");
    let result = await failing.run({}, { deadlineMs: START_MS + 500 });
    let runs = 1;
    while (result.kind === "retry" && runs < 10) {
      expect(result.error).toBeUndefined();
      await failing.clock.sleep(Math.max(0, result.atMs - failing.clock.now()));
      result = await failing.run({}, { isRepeated: true, deadlineMs: failing.clock.now() + 500 });
      runs++;
    }
    const [object] = failing.contents();
    expect(JSON.parse(object?.text ?? "")).toMatchObject({
      errorCode: "Lambda.FunctionError",
      attemptsMade: 4,
    });
    expect(runs).toBeGreaterThan(1);
  });

  test("that is too slow for its span gets half of it the next time", async () => {
    const slow = await setUp({ transform });
    for (const text of ["a", "b", "c", "d"]) await slow.put(text.repeat(100));
    const spans: number[] = [];
    const hanging = { invoke: () => new Promise<never>(() => {}) };
    const ports = { invoker: hanging };
    for (let i = 0; i < 3; i++) {
      const deadlineMs = slow.clock.now() + 1000;
      const result = await slow.run(ports, { isRepeated: true, deadlineMs });
      const reader = await slow.readers.get(slow.shard, DELIVERY_READER);
      spans.push(reader?.plan?.span.to.blockIndex ?? 0);
      if (result.kind === "retry") await slow.clock.sleep(result.atMs - slow.clock.now());
    }
    expect(spans).toEqual([2, 1, 1]);
  });
});
