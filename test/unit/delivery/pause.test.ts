/** A paused delivery stream delivers nothing, loses nothing, and goes on where it stood. */
import { expect, test } from "vitest";
import { DELIVERY_READER, type DeliveryStream } from "../../../src/delivery/delivery-stream.ts";
import { lookingForPause, paused, resumed, wakeReaders } from "../../../src/delivery/pause.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { DESTINATION } from "./delivery-ports.ts";
import { deliverWorld, START_MS } from "./deliver-world.ts";
import { sourceWorld } from "./source/world.ts";

type World = Awaited<ReturnType<typeof deliverWorld>>;

interface Sent extends WakeUp {
  readonly delaySeconds: number;
}

function outbox() {
  const sent: Sent[] = [];
  const send = async (wakeUp: WakeUp, delaySeconds: number) =>
    void sent.push({ ...wakeUp, delaySeconds });
  return { sent, queue: { send } };
}

async function change(
  { deliveryStreams, stream }: World,
  to: (stream: DeliveryStream) => DeliveryStream,
) {
  const before = (await deliveryStreams.get(stream.name))!;
  const after = to(before);
  expect(await deliveryStreams.update(before, after)).toBe("updated");
  return after;
}

const pause = (rig: World) => change(rig, (stream) => paused(stream, rig.clock.now()));

async function resume(rig: World) {
  const { sent, queue } = outbox();
  await wakeReaders({ ...rig, queue }, await change(rig, resumed));
  return sent;
}

test("a wake-up of a paused stream does nothing, and resuming brings another one", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  await pause(rig);
  await rig.clock.sleep(60_000);
  expect(await rig.run()).toEqual({ kind: "done" });
  expect(rig.contents()).toEqual([]);
  expect(await resume(rig)).toEqual([
    { shard: rig.shard, readerId: DELIVERY_READER, blockIndex: 0, delaySeconds: 0 },
  ]);
  await rig.run();
  expect(rig.contents()).toMatchObject([{ text: "abc" }]);
});

test("pausing what is paused keeps its time", async () => {
  const rig = await deliverWorld();
  await pause(rig);
  await rig.clock.sleep(1000);
  expect((await pause(rig)).pausedAtMs).toBe(START_MS);
});

test("what has not waited for the interval yet is due when it has", async () => {
  const rig = await deliverWorld();
  await pause(rig);
  await rig.clock.sleep(1000);
  await rig.put("abc");
  await rig.clock.sleep(2000);
  expect(await resume(rig)).toMatchObject([{ delaySeconds: 3 }]);
});

test("a reader is woken though it counts as woken, for that wake-up may have been dropped", async () => {
  const rig = await deliverWorld();
  const { wakeRule: rule } = (await rig.readers.get(rig.shard, DELIVERY_READER)) ?? {};
  await rig.put("abc");
  await rig.readers.markWoken(rig.shard, DELIVERY_READER, {
    blockIndex: 0,
    level: "work",
    rule: rule!,
  });
  await pause(rig);
  await rig.clock.sleep(10_000);
  expect(await resume(rig)).toMatchObject([{ blockIndex: 0, delaySeconds: 0 }]);
});

test("nobody is woken where nothing waits", async () => {
  const rig = await deliverWorld({ backup: { ...DESTINATION, bucketArn: "arn:aws:s3:::copies" } });
  await pause(rig);
  expect(await resume(rig)).toEqual([]);
});

test("a plan that waits for its next try stays as it is until the stream is resumed", async () => {
  const rig = await deliverWorld();
  await rig.put("abc");
  const away = () => Promise.reject(new Error("away"));
  await rig.run({ objects: { ...rig.objects, putIfAbsent: away } });
  const planned = (await rig.readers.get(rig.shard, DELIVERY_READER))?.plan;
  expect(planned).toBeDefined();
  await pause(rig);
  await rig.put("def");
  await rig.clock.sleep(10_000);
  expect(await rig.run({}, { isRepeated: true })).toEqual({ kind: "done" });
  expect((await rig.readers.get(rig.shard, DELIVERY_READER))?.plan).toEqual(planned);
  await resume(rig);
  await rig.run();
  expect(rig.contents().map(({ text }) => text)).toEqual(["abc", "def"]);
});

test("a run at work ends what it executes, and begins nothing more", async () => {
  const rig = await deliverWorld();
  const block = "x".repeat(1000);
  await rig.put(block);
  await rig.put(block);
  const objects = {
    ...rig.objects,
    async putIfAbsent(...put: Parameters<typeof rig.objects.putIfAbsent>) {
      if (rig.contents().length === 0) await pause(rig);
      await rig.clock.sleep(2000);
      return rig.objects.putIfAbsent(...put);
    },
  };
  expect(await rig.run({ objects })).toEqual({ kind: "done" });
  expect(rig.contents()).toHaveLength(1);
  expect(await resume(rig)).toMatchObject([{ blockIndex: 1, delaySeconds: 0 }]);
});

test("a run looks again only when its last look is a moment old", async () => {
  const rig = await deliverWorld();
  const mayBegin = lookingForPause(rig, rig.stream);
  await pause(rig);
  expect(await mayBegin()).toBe(true);
  await rig.clock.sleep(1000);
  expect(await mayBegin()).toBe(false);
  await resume(rig);
  await rig.clock.sleep(1000);
  expect(await mayBegin()).toBe(true);
});

test("the shards of a source are woken, those where something waits", async () => {
  const made = await sourceWorld(2);
  const stream = await made.create();
  await made.put([{ key: "a", data: "12" }]);
  await made.ports.clock.sleep(900_000);
  const { sent, queue } = outbox();
  await wakeReaders({ ...made.ports, queue }, stream);
  expect(sent).toMatchObject([{ delaySeconds: 0 }]);
});
