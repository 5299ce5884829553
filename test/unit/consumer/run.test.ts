/** A mapping's function and its records: what it is sent, in which order, and what becomes of failures. */
import { describe, expect, test } from "vitest";
import { LOOKAHEAD_MAX_BYTES, LOOKAHEAD_MAX_COUNT } from "../../../src/limits.ts";
import { settleMapping } from "../../../src/consumer/lifecycle.ts";
import { laneOf } from "../../../src/consumer/progress.ts";
import { beginReshard, resumeReshard } from "../../../src/streams/reshard.ts";
import { splitShard } from "../../../src/streams/split-and-merge.ts";
import { NOW_MS } from "../streams/reshard-world.ts";
import { consumerWorld, FUNCTION_ARN, Refused, STREAM_ARN } from "./consumer-world.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";

/** Fails as a whole whenever one of the data is among them. */
const failsOn =
  (...poison: readonly string[]) =>
  ({ data }: { readonly data: readonly string[] }) => {
    const found = data.find((each) => poison.includes(each));
    if (found !== undefined) throw new Error(`cannot digest ${found}`);
  };

/** Names the poison in its batch as failed. */
const reports =
  (...poison: readonly string[]) =>
  ({ records }: { readonly records: readonly { data: string; sequenceNumber: string }[] }) => ({
    batchItemFailures: records
      .filter(({ data }) => poison.includes(data))
      .map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })),
  });

const numbered = (from: number, count: number, key = "k") =>
  Array.from({ length: count }, (_, i) => `${key}:${from + i}`);

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

describe("a batch that fails", () => {
  test("comes again as it was until it succeeds, and nothing overtakes it", async () => {
    const made = await consumerWorld({ batchSize: 2 });
    let failures = 0;
    made.does(({ data }) => {
      if (data.includes("1") && failures++ < 3) throw new Error("not yet");
    });
    await made.put(numbered(0, 3));
    await made.wake();
    await made.put(numbered(3, 1));
    await made.settle();
    const first = ["0", "1"];
    expect(made.reads()).toEqual([first, first, first, first, ["2", "3"]]);
    const gaps = made.calls.map(({ atMs }, i) => atMs - (made.calls[i - 1]?.atMs ?? atMs));
    expect(gaps).toEqual([0, 1000, 2000, 4000, 0]);
  });

  test("is waited for by one message, however many met the reader at work", async () => {
    const made = await consumerWorld({ parallelizationFactor: 2 });
    made.does(failsOn("0"));
    await made.put(["a:0"]);
    expect(await made.wake(0, { messageId: "first" })).toMatchObject({ kind: "retry" });
    const second = { messageId: "second", isRepeated: true };
    expect(await made.wake(0, second)).toMatchObject({ kind: "done" });
    const [atMs, by] = [(await made.stateOf())?.wakesAtMs, (await made.stateOf())?.wakesBy];
    expect([atMs! > made.clock.now(), by]).toEqual([true, "first"]);
    await made.clock.sleep(atMs! - made.clock.now());
    const first = { messageId: "first", isRepeated: true };
    expect(await made.wake(0, first)).toMatchObject({ kind: "retry" });
  });

  test("is given up after the maximum of retries, reported, and passed", async () => {
    const made = await consumerWorld({
      batchSize: 2,
      maximumRetryCount: 2,
      onFailureArn: QUEUE_ARN,
    });
    made.does(failsOn("1"));
    await made.put(numbered(0, 4));
    await made.settle();
    expect(made.reads()).toEqual([
      ["0", "1"],
      ["0", "1"],
      ["0", "1"],
      ["2", "3"],
    ]);
    const [first, last] = made.calls[0]!.records;
    expect(made.failures).toEqual([
      {
        arn: QUEUE_ARN,
        key: expect.stringMatching(/^aws\/lambda\/14e0db71-.*\/shardId-000000000000\/2026\//),
        document: {
          requestContext: {
            requestId: "request-3",
            functionArn: FUNCTION_ARN,
            condition: "RetryAttemptsExhausted",
            approximateInvokeCount: 3,
          },
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            functionError: "Unhandled",
          },
          version: "1.0",
          timestamp: expect.any(String),
          KinesisBatchInfo: {
            shardId: "shardId-000000000000",
            startSequenceNumber: first?.sequenceNumber,
            endSequenceNumber: last?.sequenceNumber,
            approximateArrivalOfFirstRecord: new Date(NOW_MS).toISOString(),
            approximateArrivalOfLastRecord: new Date(NOW_MS).toISOString(),
            batchSize: 2,
            streamArn: STREAM_ARN,
          },
        },
      },
    ]);
  });

  test("is not sent again while its report is waiting for the destination", async () => {
    const made = await consumerWorld({ maximumRetryCount: 0, onFailureArn: QUEUE_ARN });
    let refusals = 3;
    made.destinationDoes(() => {
      if (refusals-- > 0) throw new Error("queue away");
    });
    made.does(failsOn("0"));
    await made.put(numbered(0, 1));
    await made.settle();
    expect([made.calls.length, made.failures.length]).toEqual([1, 1]);
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 1 } });
  });

  test("that Lambda refused to run does not count", async () => {
    const made = await consumerWorld({ maximumRetryCount: 0, onFailureArn: QUEUE_ARN });
    let refusals = 5;
    made.does(() => {
      if (refusals-- > 0) throw new Refused("Rate exceeded");
    });
    await made.put(numbered(0, 1));
    await made.settle();
    expect([made.calls.length, made.failures.length]).toEqual([6, 0]);
  });

  test("is halved down to the record that fails, which alone is tried as often as allowed", async () => {
    const made = await consumerWorld({
      bisectOnError: true,
      maximumRetryCount: 2,
      onFailureArn: QUEUE_ARN,
    });
    made.does(failsOn("5"));
    await made.put(numbered(0, 8));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual([
      "01234567",
      "0123",
      "4567",
      "45",
      "4",
      "5",
      "5",
      "5",
      "67",
    ]);
    expect(made.failures).toHaveLength(1);
    expect(made.failures[0]?.document).toMatchObject({
      requestContext: { approximateInvokeCount: 3 },
      KinesisBatchInfo: { batchSize: 1 },
    });
  });

  test("blocks nobody in another shard", async () => {
    const made = await consumerWorld({ shardCount: 2 });
    made.does(failsOn("poison"));
    await made.put(["a:poison"], 0);
    await made.put(["b:1"], 1);
    await made.wake(0);
    await made.settle(1);
    expect(made.reads(1)).toEqual([["1"]]);
  });
});

describe("a function that reports its failures", () => {
  test("is sent the first failed record and all behind it again", async () => {
    const made = await consumerWorld({ reportsItemFailures: true });
    let isFirst = true;
    made.does((call) => {
      if (!isFirst) return undefined;
      isFirst = false;
      return reports("2", "4")(call);
    });
    await made.put(numbered(0, 6));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual(["012345", "2345"]);
  });

  test("gives up what is left of the batch once the retries are used up", async () => {
    const made = await consumerWorld({
      reportsItemFailures: true,
      maximumRetryCount: 1,
      onFailureArn: QUEUE_ARN,
    });
    made.does(reports("2"));
    await made.put(numbered(0, 3));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual(["012", "2"]);
    expect(made.failures[0]?.document).toMatchObject({
      responseContext: { functionError: null },
      KinesisBatchInfo: { batchSize: 1 },
    });
  });

  test("loses nobody but the poison when batches are bisected", async () => {
    const made = await consumerWorld({
      reportsItemFailures: true,
      bisectOnError: true,
      maximumRetryCount: 1,
      onFailureArn: QUEUE_ARN,
    });
    made.does(reports("2", "4"));
    await made.put(numbered(0, 6));
    await made.settle();
    expect(made.reads().map((data) => data.join(""))).toEqual([
      "012345",
      "2345",
      "2",
      "2",
      "345",
      "45",
      "4",
      "4",
      "5",
    ]);
    expect(made.failures).toHaveLength(2);
  });
});

test("records that are too old are given up without being sent", async () => {
  const made = await consumerWorld({ maximumRecordAgeSeconds: 60, onFailureArn: QUEUE_ARN });
  await made.put(numbered(0, 2));
  await made.clock.sleep(61_000);
  await made.put(numbered(2, 1));
  await made.settle();
  expect(made.reads()).toEqual([["2"]]);
  expect(made.failures[0]?.document).toMatchObject({
    requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 },
    KinesisBatchInfo: { batchSize: 2 },
  });
  expect(made.failures[0]?.document).not.toHaveProperty("responseContext");
});

test("a batch that failed before and has become too old is given up with its count", async () => {
  const made = await consumerWorld({ maximumRecordAgeSeconds: 60, onFailureArn: QUEUE_ARN });
  made.does(failsOn("0"));
  await made.put(numbered(0, 1));
  await made.settle();
  const sent = made.calls.length;
  expect(sent).toBeGreaterThan(3);
  expect(made.failures[0]?.document).toMatchObject({
    requestContext: { condition: "RecordAgeExceeded", approximateInvokeCount: sent },
  });
});

test("records that expired while they blocked the shard are passed", async () => {
  const made = await consumerWorld();
  made.does(failsOn("0"));
  await made.put(numbered(0, 1));
  await made.wake();
  await made.clock.sleep(24 * 3_600_000);
  await made.put(numbered(1, 1));
  await made.settle();
  expect(made.reads().at(-1)).toEqual(["1"]);
  expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 2 } });
});

describe("a shard read in parallel", () => {
  test("keeps the order of each partition key, and lets others pass one that is blocked", async () => {
    const made = await consumerWorld({ parallelizationFactor: 4, batchSize: 5 });
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const isBlocked = { now: true };
    made.does(({ data }) => {
      if (isBlocked.now && data.includes("a0")) throw new Error("blocked");
    });
    for (let i = 0; i < 20; i++) await made.put(keys.map((key) => `${key}:${key}${i}`));
    expect(await made.wake()).toMatchObject({ kind: "retry", isOpenMeanwhile: true });
    const before = made.calls.filter(({ data }) => !data.includes("a0")).flatMap((c) => c.data);
    // Some other keys share the lane of `a`, and wait with it.
    expect(before.length).toBeGreaterThan(60);
    expect(before.filter((each) => each.startsWith("a"))).toEqual([]);
    expect(await made.stateOf()).toMatchObject({
      checkpoint: { blockIndex: 0 },
      frontier: { blockIndex: 20 },
    });
    await made.put(keys.map((key) => `${key}:${key}20`));
    expect(await made.decide()).toEqual({ level: "work", delaySeconds: 0 });
    await made.wake();
    isBlocked.now = false;
    await made.settle();
    const seen = new Map<string, number[]>();
    for (const { data } of made.calls.filter((call) => !call.data.includes("a0"))) {
      for (const each of data) {
        seen.set(each[0]!, [...(seen.get(each[0]!) ?? []), Number(each.slice(1))]);
      }
    }
    for (const key of keys) {
      const expected = Array.from({ length: 21 }, (_, i) => i);
      const numbers = seen.get(key)!;
      // The batch that held `a0` is left out above.
      expect(numbers).toEqual(expected.slice(21 - numbers.length));
    }
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 21 } });
  });

  describe.each([
    // More than may be ahead, the last page that is read included.
    { what: "records", count: LOOKAHEAD_MAX_COUNT + 500, data: "x" },
    { what: "bytes", count: 24, data: "x".repeat(LOOKAHEAD_MAX_BYTES / 16) },
  ])("by $what", ({ count, data }) => {
    const [blocked, free] = [0, 1].map((lane) =>
      [..."abcd"].find((key) => laneOf(key, 2) === lane)!,
    );
    const stopped = async (records: readonly string[]) => {
      const made = await consumerWorld({ parallelizationFactor: 2, batchSize: 1000 });
      made.does(({ records: given }) => {
        if (given.some(({ key }) => key === blocked)) throw new Error("blocked");
      });
      const perCall = data.length > 1 ? 1 : 500;
      for (let i = 0; i < records.length; i += perCall) {
        await made.put(records.slice(i, i + perCall));
      }
      await made.wake();
      return made;
    };
    const many = (key: string) => Array.from({ length: count }, () => `${key}:${data}`);

    test("goes ahead of a blocked key as far as may be, for what is handled is not held", async () => {
      const made = await stopped([`${blocked}:stop`, ...many(free!)]);
      const handled = made.calls
        .flatMap(({ records }) => records)
        .filter(({ key }) => key === free);
      expect(handled).toHaveLength(count);
    });

    test("holds no more than it may of what waits behind a blocked key", async () => {
      const made = await stopped([...many(blocked!), `${free}:last`]);
      expect(made.calls.flatMap((call) => call.data)).not.toContain("last");
      made.does(() => undefined);
      await made.settle();
      expect(made.calls.flatMap((call) => call.data)).toContain("last");
    });
  });

  test("remembers a failure behind which the others had already been noted", async () => {
    const made = await consumerWorld({
      parallelizationFactor: 2,
      maximumRetryCount: 0,
      onFailureArn: QUEUE_ARN,
    });
    const [even, odd] = [0, 1].map((lane) => [..."abcd"].find((key) => laneOf(key, 2) === lane)!);
    made.does(async ({ data }) => {
      if (!data.includes("poison")) return;
      // Meanwhile the other lane's success is stored, and with it where this one's first record stands.
      await made.clock.sleep(1000);
      throw new Error("cannot digest poison");
    });
    await made.put([`${even}:1`]);
    await made.put([`${odd}:poison`]);
    await made.settle();
    expect(made.reads()).toEqual([["1"], ["poison"]]);
    expect(made.failures).toHaveLength(1);
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 2 } });
  });

  test("may be read by more or fewer lanes from one moment on, and nothing is sent twice or passed", async () => {
    const made = await consumerWorld({ parallelizationFactor: 3, batchSize: 2 });
    const keys = ["a", "b", "c", "d", "e"];
    let isBlocked = true;
    made.does(({ data }) => {
      if (isBlocked && data.includes("a0")) throw new Error("blocked");
    });
    for (let i = 0; i < 4; i++) await made.put(keys.map((key) => `${key}:${key}${i}`));
    await made.wake();
    await made.change({ parallelizationFactor: 2 });
    await made.put(keys.map((key) => `${key}:${key}4`));
    await made.wake(0, { isRepeated: true });
    isBlocked = false;
    await made.settle();
    const done = made.calls.filter(({ data }) => !data.includes("a0")).flatMap((c) => c.data);
    const ofA = made.calls.findLast(({ data }) => data.includes("a0"))!.data;
    expect([...done, ...ofA].toSorted()).toEqual(
      [0, 1, 2, 3, 4].flatMap((i) => keys.map((key) => `${key}${i}`)).toSorted(),
    );
    const state = await made.stateOf();
    expect(state?.plan?.lanes).toHaveLength(2);
    expect(state?.checkpoint.blockIndex).toBe(5);
  });
});

describe("a tumbling window", () => {
  const count = ({ event, records }: Parameters<Parameters<Made["does"]>[0]>[0]) => {
    const { count: before = 0 } = event["state"] as { count?: number };
    return { state: { count: before + records.length } };
  };

  test("hands its state on, and ends with an invocation without records", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 60, batchSize: 2 });
    made.does(count);
    await made.put(numbered(0, 3));
    await made.clock.sleep(30_000);
    await made.settle();
    await made.put(numbered(3, 1));
    await made.settle();
    const shown = made.calls.map(({ event, data }) => [
      data.join(""),
      event["state"],
      event["isFinalInvokeForWindow"],
    ]);
    expect(shown.slice(0, 3)).toEqual([
      ["01", {}, false],
      ["2", { count: 2 }, false],
      ["", { count: 3 }, true],
    ]);
    const windows = made.calls.map(({ event }) => event["window"]);
    const startMs = Math.floor(NOW_MS / 60_000) * 60_000;
    const iso = (ms: number) => new Date(ms).toISOString().replace(".000", "");
    expect(windows[0]).toEqual({ start: iso(startMs), end: iso(startMs + 60_000) });
    expect(windows[2]).toEqual(windows[0]);
  });

  test("that was open when its mapping was disabled ends once it is enabled again", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 60 });
    made.does(count);
    await made.put(numbered(0, 1));
    await made.wake();
    await made.change({ status: "disabled" });
    await made.clock.sleep(60_000);
    await made.wake(0, { isRepeated: true });
    await made.change({ status: "enabled", pending: "enabling" });
    await settleMapping(made.ports, (await made.stateOf())!.readerId.slice("consumer/".length));
    expect(await made.decide()).toEqual({ delaySeconds: 0 });
    await made.wake();
    expect(made.calls.map(({ event }) => event["isFinalInvokeForWindow"])).toEqual([false, true]);
  });

  test("that cannot hold its state ends early", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 600, batchSize: 1 });
    made.does(({ event }) =>
      event["isFinalInvokeForWindow"] ? {} : { state: { text: "x".repeat(1_100_000) } },
    );
    await made.put(numbered(0, 1));
    await made.wake();
    expect(made.calls.map(({ event }) => event["isWindowTerminatedEarly"])).toEqual([false, true]);
    expect(made.calls[1]?.event["isFinalInvokeForWindow"]).toBe(true);
  });

  test("ends with its shard", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 600 });
    made.does(count);
    await made.put(numbered(0, 1));
    await made.wake();
    await split(made);
    await made.settle();
    expect(made.calls.map(({ event }) => event["isFinalInvokeForWindow"])).toEqual([false, true]);
    expect(await made.stateOf()).toMatchObject({ ended: true });
  });
});

test("children are read when their parent is done with, failures included", async () => {
  const made = await consumerWorld({ maximumRetryCount: 3 });
  made.does(failsOn("1"));
  await made.put(["a:0"]);
  await made.put(["a:1"]);
  await made.wake();
  await split(made);
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
  await split(made);
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

type Made = Awaited<ReturnType<typeof consumerWorld>>;

async function split(made: Made): Promise<void> {
  const shards = await made.shards();
  const [parent] = shards;
  const plan = splitShard(parent!, 2n ** 127n, { nextIndex: shards.length, nowMs: NOW_MS })!;
  const begun = await beginReshard(made.ports, await made.current(), plan);
  await resumeReshard(made.ports, begun!);
}
