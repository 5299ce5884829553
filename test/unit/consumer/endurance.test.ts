/** What a consumer does over hours, and with what producers and owners do to it: no storm, no standstill, no loss. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { laneOf } from "../../../src/consumer/progress.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
import { wantedRecords } from "../../../src/consumer/wanted-records.ts";
import { MAPPING_MAX_AGE_MS } from "../../../src/limits.ts";
import { sweepShard } from "../../../src/readers/sweep.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import { consumerWorld, Refused } from "./consumer-world.ts";

const UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
const READER_ID = `consumer/${UUID}`;
const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";

test("a message that meets a holder who has looked further is done with, and one that has not is kept", async () => {
  const made = await consumerWorld();
  await made.put(["a:1"]);
  await made.settle();
  const nowMs = made.clock.now();
  const claim = { token: "other", nowMs, untilMs: nowMs + 30_000 };
  await made.readers.acquire(made.keyOf(0), READER_ID, claim);
  const about = (blockIndex: number) => ({
    isRepeated: true,
    wakeUp: { shard: made.keyOf(0), readerId: READER_ID, blockIndex },
  });
  expect(await made.wake(0, about(0))).toEqual({ kind: "done" });
  expect(await made.wake(0, about(1))).toMatchObject({ kind: "retry" });
});

test("of the messages that wait for one time, one stays", async () => {
  const made = await consumerWorld({ batchingWindowSeconds: 20 });
  await made.put(["a:1"]);
  const first = await made.wake();
  expect(first).toMatchObject({ kind: "retry" });
  const recall = { atMs: made.clock.now() + 20_000, messageId: "message" };
  const second = { messageId: "second" };
  expect(await made.wake(0, second)).toEqual({ kind: "done", recall });
  expect(await made.wake(0, { ...second, isRepeated: true })).toEqual({ kind: "done", recall });
  expect(await made.stateOf()).toMatchObject({ wakesAtMs: recall.atMs, wakesBy: "message" });
  await made.clock.sleep(20_000);
  await made.settle();
  expect(made.reads()).toEqual([["1"]]);
});

async function putAggregate(made: Awaited<ReturnType<typeof consumerWorld>>, keys: string) {
  const records = [...keys].map((partitionKey, i) => ({
    partitionKey,
    data: Buffer.from(`${partitionKey}${i}`),
  }));
  await made.putBytes("carrier", aggregate(records));
}

test("aggregates may be left as they are from one moment on, and no user record is passed", async () => {
  const made = await consumerWorld({ deaggregates: true, batchSize: 3 });
  await putAggregate(made, "aaaaaaaaaa");
  let isFirst = true;
  made.does(() => {
    if (!isFirst) throw new Error("not yet");
    isFirst = false;
  });
  await made.wake();
  await made.change({ deaggregates: false });
  made.does(() => undefined);
  await made.settle();
  const handled = [made.calls[0], ...made.calls.slice(2)].flatMap((call) => call?.data);
  expect(new Set(handled)).toEqual(new Set(Array.from({ length: 10 }, (_, i) => `a${i}`)));
});

test("lanes that stand apart come level before records are shared out by other keys", async () => {
  const made = await consumerWorld({ deaggregates: true, batchSize: 1, parallelizationFactor: 2 });
  for (let i = 0; i < 3; i++) await putAggregate(made, "abcdefgh");
  made.does(({ data }) => {
    if (data[0]?.startsWith("a")) throw new Error("blocked");
  });
  await made.wake();
  const before = made.calls.filter(({ data }) => !data[0]?.startsWith("a")).flatMap((c) => c.data);
  expect(before.length).toBeGreaterThan(0);
  await made.change({ deaggregates: false });
  made.calls.length = 0;
  made.does(() => undefined);
  await made.settle();
  const after = made.calls.flatMap(({ data }) => data);
  expect([...before, ...after].length).toBe(24);
});

test("a run that finds nothing wanted keeps what it has passed, and ends in time", async () => {
  const made = await consumerWorld({ filterPatterns: ['{"partitionKey":["wanted"]}'] });
  for (let i = 0; i < 12; i++) {
    await made.putBytes("other", randomBytes(2_000_000));
  }
  const { ports } = made;
  const slow = async (key: string) => {
    await made.clock.sleep(15_000);
    return made.ports.bodies.get(key);
  };
  const bodies = { ...ports.bodies, get: slow };
  const deadlineMs = made.clock.now() + 60_000;
  expect(await made.wake(0, { deadlineMs }, { bodies })).toMatchObject({ kind: "retry" });
  expect(made.clock.now()).toBeLessThanOrEqual(deadlineMs);
  expect((await made.stateOf())?.checkpoint.blockIndex).toBeGreaterThan(1);
});

test("a record nested however deep is matched like any other", () => {
  const deep = Buffer.from(`{"a":${"[".repeat(50_000)}1${"]".repeat(50_000)}}`);
  const pattern = parseFilterPattern('{"data":{"a":[1]}}');
  if ("error" in pattern) throw new Error(pattern.error);
  const record = {
    position: { blockIndex: 0, position: 0 },
    arrivedAtMs: 0,
    sequenceNumber: "1",
    partitionKey: "a",
    data: deep,
  };
  expect(new RecordFilter([pattern]).judge(record).isWanted).toBe(true);
});

test("a small record that waits does not keep its block in memory, and a large one is not copied", async () => {
  const block = randomBytes(10_000);
  const ofLength = (length: number) => ({
    data: block.subarray(100, 100 + length),
    partitionKey: "a",
    blockIndex: 0,
    position: 0,
    arrivedAtMs: 0,
    recordOffset: 0,
    byteOffset: 0,
  });
  const shard = { index: 0, range: { start: 0n, end: 1n }, createdAtMs: 0 };
  const records = [ofLength(10), ofLength(9000)];
  const [[small] = [], [large] = []] = await wantedRecords(records, shard, {}, steppingClock(0));
  expect(small?.data).toEqual(new Uint8Array(block.subarray(100, 110)));
  expect(small?.data.buffer.byteLength).toBe(10);
  expect(large?.data.buffer).toBe(block.buffer);
});

test("a destination that takes no report shows in the result, the mapping and the age", async () => {
  const made = await consumerWorld({ maximumRetryCount: 0, onFailureArn: QUEUE_ARN });
  made.does(() => {
    throw new Error("poison");
  });
  made.destinationDoes(() => {
    throw new Error("no such queue");
  });
  await made.put(["a:1"]);
  let result = await made.wake();
  for (let i = 0; i < 4; i++) {
    await made.clock.sleep(60_000);
    result = await made.wake(0, { isRepeated: true });
  }
  expect(result).toMatchObject({ kind: "retry", error: new Error("no such queue") });
  expect(made.calls).toHaveLength(1);
  expect(await made.mappings.lastResult(UUID)).toEqual({
    kind: "problem",
    message: "PROBLEM: failure destination: no such queue",
  });
  expect(made.reports.at(-1)?.iteratorAgeMs).toBeGreaterThanOrEqual(240_000);
});

test("a block that comes while a page without anything wanted is read is not forgotten", async () => {
  const made = await consumerWorld({ filterPatterns: ['{"partitionKey":["wanted"]}'] });
  await made.putBytes("other", randomBytes(20_000));
  let isFirst = true;
  const get = async (key: string) => {
    if (isFirst) {
      isFirst = false;
      await made.put(["wanted:1"]);
    }
    return made.ports.bodies.get(key);
  };
  await made.wake(0, {}, { bodies: { ...made.ports.bodies, get } });
  expect(made.reads()).toEqual([["1"]]);
});

test("the sweep stands behind the message that an open tumbling window waits for", async () => {
  const made = await consumerWorld({ tumblingWindowSeconds: 60 });
  made.does(() => ({ state: {} }));
  await made.put(["a:1"]);
  expect(await made.wake()).toMatchObject({ kind: "retry" });
  const sent: string[] = [];
  const queue = { send: async ({ readerId }: { readerId: string }) => void sent.push(readerId) };
  const sweep = () => sweepShard({ ...made.ports, queue }, made.keyOf(0));
  expect(await sweep()).toMatchObject({ isOpen: true });
  expect(sent).toEqual([]);
  await made.clock.sleep(120_000);
  expect(await sweep()).toMatchObject({ isOpen: true });
  expect(sent).toEqual([READER_ID]);
});

/** Two lanes that are never idle at the same time. */
async function busyLanes() {
  const made = await consumerWorld({ batchSize: 1, parallelizationFactor: 2 });
  const keyOfLane = (lane: number) => [..."abcdefgh"].find((key) => laneOf(key, 2) === lane)!;
  const keys = [keyOfLane(0), keyOfLane(1)] as const;
  for (let i = 0; i < 20; i++) await made.put(keys.map((key) => `${key}:${key}${i}`));
  const onFirst = { act: async () => {} };
  made.does(async ({ records: [first] }) => {
    if (made.calls.length === 1) await onFirst.act();
    await made.clock.sleep(first?.key === keys[0] ? 3000 : 3700);
  });
  return { ...made, onFirst };
}

test("a mapping that is disabled while lanes are always busy sends nothing more after a few seconds", async () => {
  const made = await busyLanes();
  made.onFirst.act = () => made.change({ status: "disabled" });
  const disabledAtMs = made.clock.now();
  expect(await made.wake()).toMatchObject({ kind: "retry" });
  const latestAtMs = Math.max(...made.calls.map(({ atMs }) => atMs));
  expect(latestAtMs - disabledAtMs).toBeLessThan(MAPPING_MAX_AGE_MS + 3700);
});

test("a run takes up options that were changed, and goes on when nothing but the state has", async () => {
  const settled = await busyLanes();
  settled.onFirst.act = () => settled.change({ pending: "creating", modifiedAtMs: 1 });
  expect(await settled.wake()).toEqual({ kind: "done" });
  expect(settled.calls).toHaveLength(40);

  const changed = await busyLanes();
  changed.onFirst.act = () => changed.change({ batchSize: 5 });
  expect(await changed.wake()).toMatchObject({ kind: "retry" });
  expect(changed.calls.length).toBeLessThan(10);
});

test("a run takes up a retention that was raised", async () => {
  const made = await busyLanes();
  made.onFirst.act = async () => {
    const stream = await made.current();
    await made.dataStreams.update({ ...stream, retentionHours: 48, revision: stream.revision + 1 });
  };
  expect(await made.wake()).toMatchObject({ kind: "retry" });
});

test("a report that was taken at last is no trouble of what waits after it", async () => {
  const made = await consumerWorld({
    batchSize: 1,
    maximumRetryCount: 0,
    onFailureArn: QUEUE_ARN,
  });
  let reportCount = 0;
  made.destinationDoes(() => {
    if (++reportCount === 1) throw new Error("no such queue");
  });
  made.does(({ data }) => {
    if (data[0] === "poison") throw new Error("poison");
    throw new Refused("busy");
  });
  await made.put(["a:poison", "a:1"]);
  const result = await made.wake();
  expect(made.failures).toHaveLength(1);
  expect(result).toMatchObject({ kind: "retry" });
  expect(result).not.toHaveProperty("error");
});
