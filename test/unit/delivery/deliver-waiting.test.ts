/** Partitions are written when they are due, each by itself; what is not due waits, through whatever happens. */
import { describe, expect, test } from "vitest";
import { deliver, type DeliverPorts } from "../../../src/delivery/deliver.ts";
import type { S3Destination } from "../../../src/delivery/delivery-stream.ts";
import { BYTES_PER_MIB } from "../../../src/limits.ts";
import { deliveryProgress } from "../../../src/delivery/progress.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { answering, deliverWorld, ok } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

const INTERVAL_MS = 60_000;

const PARTITIONED: Partial<S3Destination> = {
  prefix: "shop=!{partitionKeyFromQuery:shop}/",
  errorOutputPrefix: "failed/!{firehose:error-output-type}/",
  partitioning: { retrySeconds: 300 },
  stages: { metadataQuery: "{shop: .shop}" },
  bufferIntervalSeconds: INTERVAL_MS / 1000,
  delimiter: "\n",
};

async function world(over: Partial<S3Destination> = {}, fn?: Parameters<typeof deliverWorld>[1]) {
  const rig = await deliverWorld({ ...PARTITIONED, ...over }, fn);
  const reader = async () => (await rig.readers.get(rig.shard, "delivery"))!;
  return {
    ...rig,
    reader,
    /** As a doorbell would wake it: where the reader has looked up to. */
    async wake(change: Partial<DeliverPorts> = {}) {
      const { checkpoint, frontier } = await reader();
      const { blockIndex } = frontier ?? checkpoint;
      return rig.run(change, { isRepeated: true, blockIndex });
    },
    found() {
      const byFolder: Record<string, string[]> = {};
      for (const { key, text } of rig.contents()) {
        (byFolder[key.slice(0, key.lastIndexOf("/"))] ??= []).push(text);
      }
      return byFolder;
    },
  };
}

const event = (shop: string, id: number) => JSON.stringify({ shop, id });
const lines = (shop: string, ...ids: number[]) => ids.map((id) => `${event(shop, id)}\n`).join("");
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test("a partition that is full is written at once, the others when their oldest record is due", async () => {
  const rig = await world();
  await rig.put(event("small", 1));
  await rig.clock.sleep(20_000);
  await rig.put(...upTo(60).map((id) => event("big", id)));
  expect(await rig.wake()).toMatchObject({ kind: "retry", isOpenMeanwhile: true });
  const first = rig.found();
  expect(Object.keys(first)).toEqual(["shop=big"]);
  const progress = () => deliveryProgress(rig, rig.stream);
  const left = 60 - first["shop=big"]![0]!.trimEnd().split("\n").length;
  expect(await progress()).toMatchObject([{ recordsWaiting: left + 1, oldestAgeMs: 20_000 }]);
  expect(first["shop=big"]?.length).toBe(1);
  expect((await rig.reader()).checkpoint.blockIndex).toBe(0);

  // The small one is due, and nothing else with it.
  await rig.clock.sleep(40_000);
  expect(await rig.wake()).toMatchObject({ kind: "retry", isOpenMeanwhile: true });
  expect(rig.found()).toEqual({ ...first, "shop=small": [lines("small", 1)] });
  expect((await rig.reader()).checkpoint.blockIndex).toBe(1);

  await rig.clock.sleep(20_000);
  expect(await rig.wake()).toEqual({ kind: "done" });
  expect(rig.found()["shop=big"]?.join("")).toBe(lines("big", ...upTo(60)));
  const { checkpoint, frontier, plan } = await rig.reader();
  expect(checkpoint.blockIndex).toBe(2);
  expect([frontier, plan]).toEqual([undefined, undefined]);
  expect(rig.spool.keys()).toEqual([]);
});

test("it says when it must come back, and leaves that to the message that stands for it", async () => {
  const rig = await world();
  await rig.put(event("a", 1));
  const arrivedAtMs = rig.clock.now();
  await rig.clock.sleep(1000);
  const wakeUp = { shard: rig.shard, readerId: "delivery", blockIndex: 0 };
  expect(await rig.wake()).toMatchObject({ kind: "retry", atMs: arrivedAtMs + INTERVAL_MS });
  expect((await rig.reader()).wakesBy).toBe("message");
  await rig.put(event("b", 2));
  const another = await deliver(rig, {
    wakeUp: { ...wakeUp, blockIndex: 1 },
    messageId: "another",
    isRepeated: false,
    deadlineMs: rig.clock.now() + 900_000,
    backOffMs: 1000,
  });
  expect(another).toMatchObject({ kind: "done", recall: { messageId: "message" } });
});

test("records that arrive later come behind those that wait, in one object", async () => {
  const rig = await world();
  for (const id of upTo(5)) {
    await rig.put(event("a", id), event("b", id));
    await rig.wake();
    await rig.clock.sleep(10_000);
  }
  expect(rig.found()).toEqual({});
  await rig.clock.sleep(10_000);
  await rig.wake();
  expect(rig.found()).toEqual({
    "shop=a": [lines("a", ...upTo(5))],
    "shop=b": [lines("b", ...upTo(5))],
  });
  expect(rig.spool.keys()).toEqual([]);
});

test("a record is given to the function once, and read from the log once, however long it waits", async () => {
  const seen: string[] = [];
  const rig = await world(
    { transform: TRANSFORM },
    answering((text) => {
      seen.push(text);
      return ok(text);
    }),
  );
  const reads: number[] = [];
  const log = {
    ...rig.log,
    async *read(range: Parameters<typeof rig.log.read>[0]) {
      for await (const entry of rig.log.read(range)) {
        reads.push(entry.index);
        yield entry;
      }
    },
  };
  for (const id of upTo(6)) {
    await rig.put(event("a", id));
    await rig.wake({ log });
    await rig.clock.sleep(5000);
  }
  await rig.clock.sleep(60_000);
  await rig.wake({ log });
  expect(seen).toEqual(upTo(6).map((id) => event("a", id)));
  // Once for the span, once for its records.
  for (const id of upTo(6)) expect(reads.filter((index) => index === id).length).toBe(2);
  expect(rig.found()).toEqual({ "shop=a": [lines("a", ...upTo(6))] });
});

test.each([
  [64, 400],
  [256, 400],
  [1024, 2400],
])(
  "a hundred partitions: each object but a key's last of an interval holds about as much as the hint of %i KiB says",
  async (hintKiB, padBytes) => {
    const hintBytes = hintKiB * 1024;
    const rig = await world({ bufferSizeMiB: hintBytes / BYTES_PER_MIB });
    const random = seededRandom(7);
    const dice = () => random.fraction();
    const weights = upTo(100).map((k) => 1 / (k + 1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const draw = () => {
      let rest = dice() * total;
      return weights.findIndex((weight) => (rest -= weight) < 0);
    };
    const pad = "x".repeat(padBytes);
    let count = 0;
    for (let second = 0; second < 60; second++) {
      const batch = upTo(160).map(() => JSON.stringify({ shop: `s${draw()}`, id: count++, pad }));
      await rig.put(...batch);
      await rig.wake();
      await rig.clock.sleep(1000);
    }
    await rig.clock.sleep(INTERVAL_MS);
    await rig.wake();
    const sizes: Record<string, { atMs: number; length: number }[]> = {};
    let delivered = 0;
    for (const { key, text } of rig.contents()) {
      const [, shop = ""] = /^shop=(\w+)\//.exec(key)!;
      const [at] = /\d{4}(-\d\d){5}/.exec(key)!;
      const [year, month, day, hour, minute, second] = at.split("-").map(Number);
      const atMs = Date.UTC(year!, month! - 1, day, hour, minute, second);
      (sizes[shop] ??= []).push({ atMs, length: text.length });
      delivered += text.trimEnd().split("\n").length;
    }
    expect(delivered).toBe(count);
    expect(Object.keys(sizes).length).toBe(100);
    for (const objects of Object.values(sizes)) {
      const full = objects.filter(({ length }) => length >= 0.8 * hintBytes);
      for (const { length } of full) expect(length / hintBytes).toBeLessThan(1.2);
      // Those that the interval ended: at most four in an interval, however busy its neighbours.
      const ended = objects.length - full.length;
      expect(ended).toBeLessThanOrEqual(Math.ceil((60_000 + INTERVAL_MS) / (0.75 * INTERVAL_MS)));
    }
    const [busiest] = Object.values(sizes).toSorted((a, b) => b.length - a.length);
    const fullCount = busiest!.filter(({ length }) => length >= 0.8 * hintBytes).length;
    expect(fullCount).toBeGreaterThan(2);
    expect(rig.spool.keys()).toEqual([]);
  },
);

describe("an update of the stream", () => {
  const update = (rig: Awaited<ReturnType<typeof world>>, over: Partial<S3Destination>) => {
    const { stream } = rig;
    const destination = { ...stream.destination, ...over };
    return rig.deliveryStreams.update(stream, { ...stream, versionId: 2, destination });
  };

  test("sends what waits where it was read for, and what comes then to the new target", async () => {
    const rig = await world();
    await rig.put(event("a", 1));
    await rig.wake();
    await update(rig, {
      prefix: "id=!{partitionKeyFromQuery:id}/",
      stages: { metadataQuery: "{id: .id}" },
    });
    await rig.put(event("a", 2));
    await rig.wake();
    expect(rig.found()).toEqual({ "shop=a": [lines("a", 1)] });
    await rig.clock.sleep(INTERVAL_MS);
    await rig.wake();
    expect(rig.found()).toEqual({ "shop=a": [lines("a", 1)], "id=2": [lines("a", 2)] });
    expect(rig.contents().map(({ key }) => /access-logs-(\d)/.exec(key)?.[1])).toEqual(
      expect.arrayContaining(["1", "2"]),
    );
  });

  test.each([
    ["another prefix", { prefix: "mended/shop=!{partitionKeyFromQuery:shop}/" }, "mended/shop=a"],
    [
      "other keys",
      { prefix: "id=!{partitionKeyFromQuery:id}/", stages: { metadataQuery: "{id: .id}" } },
      "shop=a",
    ],
  ])("mends a bucket that refuses what waits, with %s", async (_what, over, folder) => {
    const rig = await world();
    await rig.put(event("a", 1));
    await rig.wake();
    rig.objects.refuse("logs", "no bucket");
    await rig.clock.sleep(INTERVAL_MS);
    expect(await rig.wake()).toMatchObject({ kind: "retry" });
    await update(rig, { bucketArn: "arn:aws:s3:::mended", ...over });
    await rig.clock.sleep(INTERVAL_MS);
    await rig.put(event("a", 2));
    await rig.wake();
    expect(rig.objects.list().map(({ bucket }) => bucket)).toEqual(["mended"]);
    expect(rig.found()).toEqual({ [folder]: [lines("a", 1)] });
  });
});

test("when its lane is sealed nothing waits any more", async () => {
  const rig = await world();
  await rig.put(event("a", 1));
  await rig.wake();
  await rig.deliveryStreams.sealLane(rig.shard);
  expect(await rig.wake()).toEqual({ kind: "done" });
  expect(rig.found()).toEqual({ "shop=a": [lines("a", 1)] });
  expect((await rig.reader()).checkpoint.blockIndex).toBe(1);
});

describe("a run that dies at any call", () => {
  /** What is delivered, however often whoever is at it dies, each time behind its next call. */
  test.each(["before", "behind"] as const)(
    "%s it leaves each record delivered once",
    async (when) => {
      for (let fatal = 1; fatal < 60; fatal++) {
        const rig = await world(
          { bufferSizeMiB: 150 / BYTES_PER_MIB, transform: TRANSFORM },
          answering((text) =>
            text.includes('"id":3}') ? { result: "ProcessingFailed" } : ok(text),
          ),
        );
        let count = 0;
        const dying = <Port extends object>(port: Port): Port =>
          new Proxy(port, {
            get(target, name) {
              const method: unknown = Reflect.get(target, name);
              if (typeof method !== "function" || name === "read" || name === "refusalOf")
                return method;
              return async (...args: unknown[]) => {
                const isFatal = ++count === fatal;
                if (isFatal && when === "before") throw new Error("dead");
                const answer: unknown = await Reflect.apply(method, target, args);
                if (isFatal) throw new Error("dead");
                return answer;
              };
            },
          });
        const ports = {
          readers: dying(rig.readers),
          objects: dying(rig.objects),
          spool: dying(rig.spool),
        };
        for (const id of upTo(12)) {
          await rig.put(event(id % 4 === 0 ? "rare" : "big", id));
          await rig.wake(ports).catch(() => {});
          await rig.clock.sleep(31_000);
        }
        await rig.clock.sleep(INTERVAL_MS);
        await rig.wake();
        const { "failed/processing-failed": failed = [], ...others } = rig.found();
        const delivered = Object.values(others).flatMap((texts) =>
          texts.join("").trimEnd().split("\n"),
        );
        const all = upTo(12).map((id) => event(id % 4 === 0 ? "rare" : "big", id));
        const expected = all.filter((text) => !text.includes('"id":3}')).toSorted();
        expect(delivered.toSorted(), `dead ${when} call ${fatal}`).toEqual(expected);
        expect(failed.length).toBe(1);
        const { checkpoint, plan } = await rig.reader();
        expect([checkpoint.blockIndex, plan]).toEqual([12, undefined]);
      }
    },
  );
});
