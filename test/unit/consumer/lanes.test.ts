/** A shard read in parallel: each partition key in its order, whatever blocks another. */
import { describe, expect, test } from "vitest";
import { laneOf } from "../../../src/consumer/progress.ts";
import { LOOKAHEAD_MAX_BYTES, LOOKAHEAD_MAX_COUNT } from "../../../src/limits.ts";
import { consumerWorld } from "./consumer-world.ts";

const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:failures";

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

    test("forgets what waits behind a blocked key when that is more than it may hold, and reads it again", async () => {
      const made = await stopped([...many(blocked!), `${free}:last`]);
      expect(made.calls.flatMap((call) => call.data)).toContain("last");
      const failed = made.calls.length;
      made.does(() => undefined);
      await made.settle();
      const handled = made.calls.slice(failed).flatMap((call) => call.data);
      expect(handled).toHaveLength(count);
      expect(handled).not.toContain("last");
    });
  });

  test("reads what waits behind a poison record once, however often it is woken", async () => {
    const made = await consumerWorld({ parallelizationFactor: 10, batchSize: 100 });
    const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
    made.does(({ data }) => {
      if (data.includes("poison")) throw new Error("cannot digest poison");
    });
    const seen = { entryCount: 0, heads: 0 };
    const log = {
      ...made.log,
      async *read(range: Parameters<typeof made.log.read>[0]) {
        for await (const entry of made.log.read(range)) {
          seen.entryCount++;
          yield entry;
        }
      },
    };
    const entriesOf = async (act: () => Promise<unknown>) => {
      seen.entryCount = 0;
      await act();
      return seen.entryCount;
    };
    await made.put(["key-0:poison"]);
    for (let i = 0; i < 1000; i++) await made.put([`${keys[i % 40]!}:${i}`]);
    const first = await entriesOf(() => made.wake(0, {}, { log }));
    // Its retries, of which the first few are waited for, read nothing but its batch.
    expect(first).toBeLessThan(1001 + 10 * 100);
    let putCount = 0;
    const later = await entriesOf(async () => {
      for (let i = 0; i < 100; i++) {
        await made.put([`${keys[1 + (i % 39)]!}:later-${i}`]);
        putCount++;
        await made.wake(0, {}, { log });
      }
    });
    // One block for each that came, and the batch where a retry was due: all in all less than what waits once.
    expect(later).toBeLessThan(putCount + 1000);
    const [poisoned] = made.calls.filter(({ data }) => data.includes("poison"));
    expect(poisoned!.data.length).toBeLessThan(100);
    // All but the poisoned lane's are handled.
    const lane = laneOf("key-0", 10);
    const others = keys.filter((key) => laneOf(key, 10) !== lane);
    const handled = new Set(made.calls.flatMap(({ records }) => records).map(({ data }) => data));
    for (let i = 0; i < 1000; i++) {
      if (others.includes(keys[i % 40]!)) expect(handled).toContain(String(i));
    }
    made.does(() => undefined);
    await made.settle();
    expect(await made.stateOf()).toMatchObject({ checkpoint: { blockIndex: 1101 } });
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
