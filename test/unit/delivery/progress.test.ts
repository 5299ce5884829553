/** What is told of a delivery stream: what waits, what stood last, what keeps the rest. */
import { expect, test } from "vitest";
import { deliveryProgress } from "../../../src/delivery/progress.ts";
import { answering, deliverWorld, ok, START_MS } from "./deliver-world.ts";
import { DESTINATION, TRANSFORM } from "./delivery-ports.ts";
import { sourceWorld } from "./source/world.ts";

type World = Awaited<ReturnType<typeof deliverWorld>>;

const NOTHING = { recordsWaiting: 0, bytesWaiting: 0, oldestAgeMs: 0 };
const IDLE = { kind: "delivery", bucketArn: "arn:aws:s3:::logs", ...NOTHING };

function refusing(rig: World, name: string, message: string) {
  const error = Object.assign(new Error(message), { name });
  return { objects: { ...rig.objects, putIfAbsent: () => Promise.reject(error) } };
}

test("nothing waits at first, and then what was put and not delivered", async () => {
  const rig = await deliverWorld();
  const progress = () => deliveryProgress(rig, rig.stream);
  expect(await progress()).toEqual([IDLE]);
  await rig.put("abc", "de");
  await rig.clock.sleep(3000);
  await rig.put("f");
  expect(await progress()).toEqual([
    { ...IDLE, recordsWaiting: 3, bytesWaiting: 6, oldestAgeMs: 3000 },
  ]);
  await rig.run();
  const { key } = rig.contents()[0]!;
  const lastObject = { bucket: "logs", key, atMs: START_MS + 3000 };
  expect(await progress()).toEqual([{ ...IDLE, lastObject }]);
});

test("a destination that refuses shows with its error, since when, and the next try, until it takes", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const wrong = refusing(rig, "NoSuchBucket", "The specified\n bucket does not exist");
  await rig.run(wrong);
  const [first] = await deliveryProgress(rig, rig.stream);
  const message = "NoSuchBucket: The specified bucket does not exist";
  expect(first?.failure).toEqual({
    message,
    sinceMs: START_MS,
    atMs: START_MS,
    retryAtMs: START_MS + 1000,
  });
  await rig.clock.sleep(5000);
  await rig.run(wrong, { isRepeated: true });
  const [second] = await deliveryProgress(rig, rig.stream);
  expect(second?.failure).toEqual({
    message,
    sinceMs: START_MS,
    atMs: START_MS + 5000,
    retryAtMs: START_MS + 6000,
  });
  await rig.clock.sleep(5000);
  await rig.run({}, { isRepeated: true });
  const [third] = await deliveryProgress(rig, rig.stream);
  expect(third).toMatchObject({ recordsWaiting: 0, lastObject: { bucket: "logs" } });
  expect(third).not.toHaveProperty("failure");
});

test("a transform that fails shows while it is tried again", async () => {
  const failing = () => {
    throw new Error("boom");
  };
  const rig = await deliverWorld({ transform: { ...TRANSFORM, retryCount: 300 } }, failing);
  await rig.put("abc");
  await rig.run({}, { deadlineMs: START_MS + 1500 });
  const [row] = await deliveryProgress(rig, rig.stream);
  expect(row?.failure?.message).toMatch(/^Lambda\.FunctionError: /);
  expect(row?.failure?.retryAtMs).toBeGreaterThan(rig.clock.now());
});

test("a flush whose records were all dropped leaves the object before it the last", async () => {
  const dropping = answering((text) => (text === "drop" ? { result: "Dropped" } : ok(text)));
  const rig = await deliverWorld({ transform: TRANSFORM }, dropping);
  await rig.put("keep");
  await rig.run();
  const [before] = await deliveryProgress(rig, rig.stream);
  await rig.put("drop");
  await rig.run({}, { blockIndex: 1 });
  expect(await deliveryProgress(rig, rig.stream)).toEqual([before]);
  expect(before?.lastObject?.key).toBe(rig.contents()[0]?.key);
});

test("the source backup has a row of its own", async () => {
  const backup = { ...DESTINATION, bucketArn: "arn:aws:s3:::copies" };
  const rig = await deliverWorld({ backup });
  await rig.put("abc");
  await rig.run();
  expect(await deliveryProgress(rig, rig.stream)).toMatchObject([
    { kind: "delivery", recordsWaiting: 0 },
    { kind: "backup", bucketArn: "arn:aws:s3:::copies", recordsWaiting: 1, bytesWaiting: 3 },
  ]);
});

test("what waits in the shards of a source is counted together", async () => {
  const made = await sourceWorld(2);
  const stream = await made.create();
  await made.put([
    { key: "a", data: "12" },
    { key: "b", data: "345" },
  ]);
  expect(await deliveryProgress(made.ports, stream)).toMatchObject([
    { kind: "delivery", recordsWaiting: 2 },
  ]);
});

test("notes that cannot be made keep nothing from being delivered", async () => {
  const rig = await deliverWorld();
  const away = () => Promise.reject(new Error("away"));
  const deliveryNotes = {
    ...rig.deliveryNotes,
    get: away,
    delivered: away,
    failed: away,
    flushed: away,
  };
  await rig.put("abc");
  await rig.run({ deliveryNotes, ...refusing(rig, "SlowDown", "later") });
  await rig.clock.sleep(5000);
  expect(await rig.run({ deliveryNotes }, { isRepeated: true })).toEqual({ kind: "done" });
  expect(rig.contents()).toHaveLength(1);
});
