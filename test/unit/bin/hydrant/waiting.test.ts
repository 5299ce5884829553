/** What is told to wait in all of a deployment, and what is not. */
import { expect, test } from "vitest";
import { findWaiting, type WaitingPorts } from "../../../../bin/hydrant/waiting/find.ts";
import { printWaiting } from "../../../../bin/hydrant/waiting/run.ts";
import { memoryDeliveryStreams } from "../../../../src/storage/memory/delivery-streams.ts";
import { memoryMappings } from "../../../../src/storage/memory/mappings.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import { consumerWorld } from "../../consumer/consumer-world.ts";
import { DESTINATION } from "../../delivery/delivery-ports.ts";
import { deliverWorld } from "../../delivery/deliver-world.ts";

const nobody = { get: async () => undefined };

/** A deployment with delivery streams and no mappings. */
async function deliveries(over: Parameters<typeof deliverWorld>[0] = {}) {
  const rig = await deliverWorld(over);
  const ports: WaitingPorts = {
    ...rig,
    deliveryReaders: rig.readers,
    mappings: memoryMappings(),
    consumerReaders: nobody,
  };
  return { ...rig, waiting: () => findWaiting(ports) };
}

test("what a delivery stream has not delivered, until it has", async () => {
  const { put, run, clock, waiting } = await deliveries();
  expect(await waiting()).toEqual([]);
  await put("a", "b");
  await clock.sleep(2000);
  await put("c");
  expect(await waiting()).toEqual([
    { reader: "delivery stream access-logs", recordCount: 3, oldestAgeMs: 2000 },
  ]);
  await run();
  expect(await waiting()).toEqual([]);
});

test("what waits for a backup, beside what waits for the destination", async () => {
  const { put, run, waiting } = await deliveries({
    backup: { ...DESTINATION, bucketArn: "arn:aws:s3:::copies" },
  });
  await put("a");
  await run();
  expect(await waiting()).toEqual([
    { reader: "delivery stream access-logs (backup)", recordCount: 1, oldestAgeMs: 0 },
  ]);
});

test("what a function has not handled, over all shards of its stream", async () => {
  const made = await consumerWorld({ shardCount: 2 });
  const ports: WaitingPorts = {
    ...made.ports,
    dataStreams: made.dataStreams,
    deliveryStreams: memoryDeliveryStreams(made.log, memoryReaders()),
    deliveryReaders: nobody,
    deliveryNotes: nobody,
    consumerReaders: made.readers,
  };
  await made.put(["a:1", "a:2"], 0);
  await made.clock.sleep(1000);
  await made.put(["b:3"], 1);
  const { functionArn, streamName } = (await made.mappings.list({ limit: 1 }))[0]!;
  const reader = `event source mapping ${streamName} -> ${functionArn.split(":").at(-1)}`;
  expect(await findWaiting(ports)).toEqual([{ reader, recordCount: 3, oldestAgeMs: 1000 }]);
  await made.settle(0);
  await made.settle(1);
  expect(await findWaiting(ports)).toEqual([]);
});

test("it is printed with its age, or that there is nothing", () => {
  expect(printWaiting([])).toBe("nothing waits");
  const text = printWaiting([
    { reader: "delivery stream a", recordCount: 12, oldestAgeMs: 90_000 },
  ]);
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["reader", "waiting", "oldest"],
    ["delivery stream a", "12", "1m 30s"],
  ]);
});
