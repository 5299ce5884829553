/** Tumbling windows: their states handed on, and their ends. */
import { describe, expect, test } from "vitest";
import { settleMapping } from "../../../src/consumer/lifecycle.ts";
import { comparePlaces, laneOf, type Place } from "../../../src/consumer/progress.ts";
import { NOW_MS } from "../streams/reshard-world.ts";
import { consumerWorld, type TestFunction } from "./consumer-world.ts";
import { numbered } from "./functions.ts";

describe("a tumbling window", () => {
  const count = ({ event, records }: Parameters<TestFunction>[0]) => {
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

  test("is dropped with what is left of its end when there are to be none any more", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 60 });
    made.does((call) => {
      if (call.event["isFinalInvokeForWindow"]) throw new Error("no end");
      return call.event["state"] && count(call);
    });
    await made.put(numbered(0, 1));
    await made.wake();
    await made.clock.sleep(60_000);
    await made.wake(0, { isRepeated: true });
    const tried = made.calls.length;
    expect(made.calls.at(-1)?.event["isFinalInvokeForWindow"]).toBe(true);
    await made.change({ tumblingWindowSeconds: 0 });
    await made.put(numbered(1, 1));
    await made.clock.sleep(60_000);
    await made.wake(0, { isRepeated: true });
    await made.change({ tumblingWindowSeconds: 60 });
    await made.put(numbered(2, 1));
    await made.wake(0, { isRepeated: true });
    expect(made.calls.slice(tried).map(({ data, event }) => [data, event["state"]])).toEqual([
      [["1"], undefined],
      [["2"], {}],
    ]);
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

  test("that could not end takes nothing back of what counted as handled meanwhile", async () => {
    const [slow, quick] = [0, 1].map((lane) => [..."abcd"].find((key) => laneOf(key, 2) === lane)!);
    const made = await consumerWorld({ parallelizationFactor: 2, tumblingWindowSeconds: 60 });
    const others = Promise.withResolvers<void>();
    made.does(async ({ event, records: [first] }) => {
      if (first) return { state: first.key };
      if (event["state"] === quick) return made.put([`${quick}:later`]);
      await others.promise;
      throw new Error("no end");
    });
    const stored: Place[] = [];
    const moveOn: typeof made.readers.moveOn = async (lease, to, order) => {
      const moved = await made.readers.moveOn(lease, to, order);
      stored.push(to.plan.lanes[0]!.next);
      if (made.calls.some(({ data }) => data.includes("later"))) others.resolve();
      return moved;
    };
    await made.put([`${slow}:0`, `${quick}:0`]);
    await made.wake();
    await made.clock.sleep(60_000);
    await made.wake(0, { isRepeated: true }, { readers: { ...made.readers, moveOn } });
    expect(made.calls.map(({ data }) => data)).toContainEqual(["later"]);
    expect(stored).toEqual(stored.toSorted(comparePlaces));
  });

  test("ends with its shard", async () => {
    const made = await consumerWorld({ tumblingWindowSeconds: 600 });
    made.does(count);
    await made.put(numbered(0, 1));
    await made.wake();
    await made.split(0);
    await made.settle();
    expect(made.calls.map(({ event }) => event["isFinalInvokeForWindow"])).toEqual([false, true]);
    expect(await made.stateOf()).toMatchObject({ ended: true });
  });
});
