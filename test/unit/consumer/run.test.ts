/** A mapping's function and its records: what it is sent, when, and who goes on where another has stopped. */
import { describe, expect, test } from "vitest";
import { consumerWorld } from "./consumer-world.ts";
import { failsOn, numbered } from "./functions.ts";

describe("a function is sent", () => {
  test("all records in order, in batches of the size it takes", async () => {
    const made = await consumerWorld({ batchSize: 4 });
    await made.put(numbered(0, 3));
    await made.put(numbered(3, 7));
    expect(await made.settle()).toBe(1);
    expect(made.reads()).toEqual([
      ["0", "1", "2", "3"],
      ["4", "5", "6", "7"],
      ["8", "9"],
    ]);
    expect(made.calls[0]?.event).not.toHaveProperty("window");
    expect(await made.stateOf()).toMatchObject({
      checkpoint: { blockIndex: 2 },
      frontier: { blockIndex: 2, recordOffset: 10 },
    });
    expect(await made.decide()).toBeUndefined();
  });

  test("nothing twice", async () => {
    const made = await consumerWorld();
    await made.put(["a:1"]);
    await made.settle();
    await made.settle();
    await made.put(["a:2"]);
    expect(await made.decide()).toEqual({ level: "work", delaySeconds: 0 });
    await made.settle();
    expect(made.reads()).toEqual([["1"], ["2"]]);
  });

  test("what came while it was at work, by the same run", async () => {
    const made = await consumerWorld();
    await made.put(["a:1"]);
    made.does(async ({ data }) => {
      if (data[0] === "1") await made.put(["a:2", "a:3"]);
    });
    expect(await made.settle()).toBe(1);
    expect(made.reads()).toEqual([["1"], ["2", "3"]]);
  });

  test("no more once its mapping is disabled, and goes on where it stood", async () => {
    const made = await consumerWorld();
    await made.put(["a:1"]);
    await made.change({ status: "disabled" });
    await made.settle();
    expect(made.calls).toEqual([]);
    await made.change({ status: "enabled" });
    await made.settle();
    expect(made.reads()).toEqual([["1"]]);
  });

  test("nothing while its mapping starts that is to be disabled then", async () => {
    const made = await consumerWorld();
    await made.put(["a:1"]);
    await made.change({ status: "starting", startsEnabled: false });
    await made.settle();
    expect(made.calls).toEqual([]);
    await made.change({ status: "starting", startsEnabled: true });
    await made.settle();
    expect(made.reads()).toEqual([["1"]]);
  });

  test("no more once its mapping is gone, and no reader is left", async () => {
    const made = await consumerWorld();
    await made.put(["a:1"]);
    await made.mappings.remove((await made.mappings.get("14e0db71-5d35-4eb5-b481-8945cf9d10c2"))!);
    await made.settle();
    expect([made.calls, await made.stateOf()]).toEqual([[], undefined]);
  });
});

describe("a batching window", () => {
  test("is waited for unless the batch is full", async () => {
    const made = await consumerWorld({ batchSize: 3, batchingWindowSeconds: 20 });
    const startMs = made.clock.now();
    await made.put(numbered(0, 4));
    expect(await made.decide()).toEqual({ level: "work", delaySeconds: 0 });
    expect(await made.settle()).toBe(2);
    expect(made.reads()).toEqual([["0", "1", "2"], ["3"]]);
    expect(made.calls.map(({ atMs }) => atMs - startMs)).toEqual([0, 20_000]);
  });

  test("counts what waits together with what comes", async () => {
    const made = await consumerWorld({ batchSize: 3, batchingWindowSeconds: 20 });
    await made.put(numbered(0, 2));
    expect(await made.decide()).toEqual({ level: "timer", delaySeconds: 20 });
    expect(await made.wake()).toMatchObject({ kind: "retry", isOpenMeanwhile: true });
    expect(await made.decide()).toBeUndefined();
    await made.put(numbered(2, 1));
    expect(await made.decide()).toEqual({ level: "work", delaySeconds: 0 });
    await made.settle();
    expect(made.reads()).toEqual([["0", "1", "2"]]);
  });
});

test("children are read when their parent is done with, failures included", async () => {
  const made = await consumerWorld({ maximumRetryCount: 3 });
  made.does(failsOn("1"));
  await made.put(["a:0"]);
  await made.put(["a:1"]);
  await made.wake();
  await made.split(0);
  await made.put(["a:2"], 1);
  expect(await made.stateOf(1)).toBeUndefined();
  await made.settle(0);
  expect(await made.stateOf(0)).toMatchObject({ ended: true });
  await made.settle(1);
  expect(made.reads(1)).toEqual([["2"]]);
  await made.settle(0);
});

test("children are opened, though the mapping was disabled, when a consumer died on the way to them", async () => {
  const made = await consumerWorld();
  await made.put(["a:0"]);
  await made.settle();
  await made.split(0);
  await made.put(["a:1"], 1);
  const { readers } = made;
  const claim = { token: "dies", nowMs: made.clock.now(), untilMs: made.clock.now() };
  const acquired = await readers.acquire(made.keyOf(0), (await made.stateOf())!.readerId, claim);
  if (acquired.kind === "acquired") await readers.end(acquired.lease);
  await made.change({ status: "disabled" });
  await made.wake(0, { isRepeated: true });
  await made.settle(1);
  expect(made.reads(1)).toEqual([]);
  await made.change({ status: "enabled" });
  await made.settle(1);
  expect(made.reads(1)).toEqual([["1"]]);
});

test("a new owner goes on where the outcome was stored last, and the old one sends nothing more", async () => {
  const made = await consumerWorld({ batchSize: 1 });
  await made.put(numbered(0, 4));
  let isFirst = true;
  made.does(async ({ data }) => {
    if (data[0] !== "1" || !isFirst) return;
    isFirst = false;
    const { readers, clock } = made;
    // As though the first owner had been away for longer than its lease.
    const nowMs = clock.now() + 60_000;
    const readerId = "consumer/14e0db71-5d35-4eb5-b481-8945cf9d10c2";
    await readers.acquire(made.keyOf(0), readerId, { token: "other", nowMs, untilMs: nowMs });
  });
  await made.wake();
  expect(made.reads()).toEqual([["0"], ["1"]]);
  await made.clock.sleep(120_000);
  await made.settle();
  expect(made.reads()).toEqual([["0"], ["1"], ["1"], ["2"], ["3"]]);
});

describe("a run that cannot store how far it came", () => {
  /** A store that is too busy for those of its writes. */
  const busyAt = (
    made: Awaited<ReturnType<typeof consumerWorld>>,
    ...writes: readonly number[]
  ) => {
    let count = 0;
    const readers: typeof made.readers = {
      ...made.readers,
      moveOn: (lease, to, order) =>
        writes.includes(++count)
          ? Promise.reject(new Error("too busy"))
          : made.readers.moveOn(lease, to, order),
    };
    return { readers };
  };

  test("tries once more, and sends nothing twice", async () => {
    const made = await consumerWorld({ batchSize: 1 });
    await made.put(numbered(0, 3));
    expect(await made.wake(0, {}, busyAt(made, 1, 3))).toMatchObject({ kind: "done" });
    expect(made.reads()).toEqual([["0"], ["1"], ["2"]]);
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 1 } });
  });

  test("ends when that fails as well", async () => {
    const made = await consumerWorld({ batchSize: 1 });
    await made.put(numbered(0, 3));
    const result = await made.wake(0, {}, busyAt(made, 1, 2));
    expect(result).toMatchObject({ kind: "retry", error: new Error("too busy") });
    expect(made.reads()).toEqual([["0"]]);
  });
});

test("a run that is short of time begins nothing more, and comes back at once", async () => {
  const made = await consumerWorld({ batchSize: 1 });
  await made.put(numbered(0, 3));
  made.does(() => made.clock.sleep(25_000));
  const deadlineMs = made.clock.now() + 60_000;
  expect(await made.wake(0, { deadlineMs })).toMatchObject({ kind: "retry" });
  expect(made.reads()).toEqual([["0"]]);
  await made.settle();
  expect(made.reads()).toEqual([["0"], ["1"], ["2"]]);
});

test("what a mapping says of its last result is what happened last", async () => {
  const made = await consumerWorld({ maximumRetryCount: 1 });
  const uuid = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
  expect(await made.mappings.lastResult(uuid)).toEqual({ kind: "none" });
  made.does(failsOn("0"));
  await made.put(numbered(0, 1));
  await made.settle();
  const problem = { kind: "problem", message: "PROBLEM: Function call failed" };
  expect(await made.mappings.lastResult(uuid)).toEqual(problem);
  await made.put(numbered(1, 1));
  await made.settle();
  expect(await made.mappings.lastResult(uuid)).toEqual({ kind: "ok" });
  expect(made.reports.at(-1)).toMatchObject({ batchCount: 1, recordCount: 1, failureCount: 0 });
});
