/** What is noted of a flush: its stretch of the log, its objects and what became of its records. */
import { expect, test } from "vitest";
import { DELIVERY_READER } from "../../../src/delivery/delivery-stream.ts";
import { plannedTarget } from "../../../src/delivery/plan.ts";
import { answering, deliverWorld, ok, START_MS } from "./deliver-world.ts";
import { TRANSFORM } from "./delivery-ports.ts";

type World = Awaited<ReturnType<typeof deliverWorld>>;

const noteOf = ({ deliveryNotes, shard }: World, block: number) =>
  deliveryNotes.flushOf(shard, DELIVERY_READER, block);

test("a flush is noted with its blocks, its object, and the plan that it was made by", async () => {
  const rig = await deliverWorld({ delimiter: "\n" });
  await rig.put("ab", "c");
  await rig.put("def");
  await rig.run();
  const [object] = rig.contents();
  expect(await noteOf(rig, 1)).toEqual({
    fromBlock: 0,
    toBlock: 2,
    atMs: START_MS,
    oldestArrivedAtMs: START_MS,
    recordCount: 3,
    counts: { deliveredCount: 3, droppedCount: 0, failedCount: 0, deliveredBytes: 9 },
    objects: [{ bucket: "logs", key: object!.key }],
    objectCount: 1,
    plan: {
      span: {
        from: { blockIndex: 0, byteOffset: 0 },
        to: { blockIndex: 2, byteOffset: 6 },
        recordCount: 3,
        oldestArrivedAtMs: START_MS,
      },
      versionId: 1,
      namesSort: true,
      target: plannedTarget(rig.stream.destination),
    },
  });
});

const verdict = (text: string) => {
  if (text === "drop") return { result: "Dropped" };
  return text === "fail" ? { result: "ProcessingFailed" } : ok(text);
};

test("of what went through a function it says how much was dropped and failed, and where that is", async () => {
  const rig = await deliverWorld({ transform: TRANSFORM }, answering(verdict));
  await rig.put("a", "drop", "fail", "b");
  await rig.run();
  const [delivered, failed] = rig.contents();
  expect(await noteOf(rig, 0)).toMatchObject({
    counts: { deliveredCount: 2, droppedCount: 1, failedCount: 1, deliveredBytes: 2 },
    objects: [
      { bucket: "logs", key: delivered!.key },
      { bucket: "logs", key: failed!.key, errorOutputType: "processing-failed" },
    ],
    objectCount: 2,
  });
});

test("a run that finishes what another one staged notes that one's counts", async () => {
  const rig = await deliverWorld({ transform: TRANSFORM }, answering(verdict));
  await rig.put("a", "drop");
  const died = new Error("died");
  const objects = { ...rig.objects, completeIfAbsent: () => Promise.reject(died) };
  await rig.run({ objects });
  expect(await noteOf(rig, 0)).toBeUndefined();
  await rig.clock.sleep(5000);
  await rig.run({}, { isRepeated: true });
  expect(await noteOf(rig, 0)).toMatchObject({
    counts: { deliveredCount: 1, droppedCount: 1, failedCount: 0, deliveredBytes: 1 },
    objectCount: 1,
  });
});
