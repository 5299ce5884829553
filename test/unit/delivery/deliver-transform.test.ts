/** Flushes through a transform: what is delivered and what fails, and runs that are cut short while it works. */
import { beforeEach, describe, expect, test } from "vitest";
import { DELIVERY_READER } from "../../../src/delivery/delivery-stream.ts";
import type { FunctionInvoker } from "../../../src/delivery/ports.ts";
import { answering, ok, deliverWorld, START_MS } from "./deliver-world.ts";
import { invokerOf, TRANSFORM } from "./delivery-ports.ts";

describe("a transform", () => {
  const sorting = answering((text) => {
    if (text === "drop") return { result: "Dropped" };
    if (text === "fail") return { result: "ProcessingFailed" };
    return ok(text.toUpperCase());
  });
  let rig: Awaited<ReturnType<typeof deliverWorld>>;
  beforeEach(async () => {
    rig = await deliverWorld({ transform: TRANSFORM }, sorting);
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

  test("dates each object by the oldest record that is in it", async () => {
    const late = await deliverWorld({ transform: TRANSFORM }, sorting);
    const nearMidnightMs = Date.parse("2026-11-23T23:59:48Z");
    await late.clock.sleep(nearMidnightMs - START_MS);
    await late.put("drop");
    await late.clock.sleep(5000);
    await late.put("fail");
    await late.clock.sleep(10_000);
    await late.put("a", "fail");
    await late.run({}, { deadlineMs: nearMidnightMs + 900_000 });
    expect(late.contents().map(({ key }) => key.replace(/-[0-9a-f]{8}-.*/, ""))).toEqual([
      "2026/11/24/00/access-logs-1-2026-11-24-00-00-03",
      "processing-failed/2026/11/23/23/access-logs-1-2026-11-23-23-59-53",
    ]);
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
    const contrary = invokerOf(answering(() => ({ result: "ProcessingFailed" })));
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
    const many = await deliverWorld({ transform: { ...TRANSFORM, bufferBytes: 1 } });
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
    const settings = { ...TRANSFORM, retryCount: 3 };
    const failing = await deliverWorld({ transform: settings }, () => {
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
    const slow = await deliverWorld({ transform: TRANSFORM });
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
