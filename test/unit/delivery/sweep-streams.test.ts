/** The sweep over the shards that delivery streams read. */
import { expect, test } from "vitest";
import { sweepDeliveryStreams } from "../../../src/delivery/sweep-streams.ts";
import { SWEEP_GRACE_MS } from "../../../src/readers/sweep.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { sourceWorld } from "./source-world.ts";

async function setUp() {
  const made = await sourceWorld(2);
  const sent: WakeUp[] = [];
  const failures: string[] = [];
  const ports = {
    ...made.ports,
    dataStreams: made.dataStreams,
    view: made.view,
    queue: {
      async send(wakeUp: WakeUp) {
        sent.push(wakeUp);
      },
    },
    reportFailure: (place: string) => void failures.push(place),
  };
  const sweep = (change: Partial<typeof ports> = {}) =>
    sweepDeliveryStreams({ ...ports, ...change }, Infinity);
  return { ...made, sent, failures, sweep };
}

test("finds the records of a source that no doorbell told of, each reader once", async () => {
  const made = await setUp();
  await made.create({}, "one");
  await made.create({}, "other");
  await made.put([{ key: "a", data: "waiting" }]);
  expect(await made.sweep()).toBe(true);
  expect(made.sent).toEqual([]);
  await made.clock.sleep(60_000 + SWEEP_GRACE_MS);
  expect(await made.sweep()).toBe(true);
  expect(made.sent.map(({ readerId }) => readerId.split("/")[1])).toEqual(["one", "other"]);
});

test("has nothing to do where all was delivered", async () => {
  const made = await setUp();
  await made.create();
  await made.put([{ key: "a", data: "delivered" }]);
  await made.settle();
  expect(await made.sweep()).toBe(false);
});

test("takes a source that it cannot look at for open, and tells of it", async () => {
  const made = await setUp();
  await made.create();
  const shards = () => Promise.reject(new Error("busy"));
  expect(await made.sweep({ dataStreams: { ...made.dataStreams, shards } })).toBe(true);
  expect(made.failures).toEqual([`kinesis/clicks/${made.stream.generation}/0000000000`]);
});
