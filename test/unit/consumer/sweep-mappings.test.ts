/** What the sweep repairs for consumers, and what it leaves alone. */
import { describe, expect, test } from "vitest";
import { consumerReaderId, type EventSourceMapping } from "../../../src/consumer/mapping.ts";
import {
  allMappings,
  type MappingSweepPorts,
  pausedReaders,
  sweepMappings,
} from "../../../src/consumer/sweep-mappings.ts";
import { wakeRoute } from "../../../src/consumer/wake-route.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import { SWEEP_GRACE_MS } from "../../../src/readers/sweep.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { eventSourceMapping } from "../../helpers/event-source-mapping.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const NOW_MS = 1_800_000_000_000;

const MAPPING = eventSourceMapping({ uuid: "one" });

function setUp() {
  const asked: string[] = [];
  const failed: string[] = [];
  const ports: MappingSweepPorts = {
    clock: steppingClock(NOW_MS),
    mappingQueue: { send: async (uuid) => void asked.push(uuid) },
    reportFailure: (place) => void failed.push(place),
  };
  const sweep = (mappings: readonly EventSourceMapping[]) => sweepMappings(ports, mappings);
  return { ports, asked, failed, sweep };
}

test("the readers of a mapping are paused unless it is fed, and others never", async () => {
  const store = memoryMappings();
  await store.create(MAPPING);
  const other = { ...MAPPING, uuid: "two", functionArn: `${MAPPING.functionArn}-two` };
  await store.create({ ...other, status: "disabled" });
  const begun = { ...MAPPING, uuid: "three", functionArn: `${MAPPING.functionArn}-three` };
  await store.create({ ...begun, status: "starting", startsEnabled: true });
  let count = 0;
  const isPaused = pausedReaders({
    get(uuid) {
      count++;
      return store.get(uuid);
    },
  });
  expect(await isPaused(consumerReaderId("one"))).toBe(false);
  expect(await isPaused(consumerReaderId("two"))).toBe(true);
  expect(await isPaused(consumerReaderId("three"))).toBe(false);
  expect(await isPaused(consumerReaderId("gone"))).toBe(true);
  expect(await isPaused("delivery")).toBe(false);
  expect(await isPaused(consumerReaderId("one"))).toBe(false);
  expect(count).toBe(4);
});

describe("a mapping that a change left unfinished", () => {
  const modifiedAtMs = NOW_MS - SWEEP_GRACE_MS;

  test.each([
    { status: "starting" },
    { status: "deleting" },
    { pending: "updating" },
    { status: "disabled", pending: "disabling" },
  ] as const)("is finished: %j", async (change) => {
    const { sweep, asked } = setUp();
    expect(await sweep([{ ...MAPPING, ...change, modifiedAtMs }])).toBe(true);
    expect(asked).toEqual(["one"]);
  });

  test("has a while to be finished without", async () => {
    const { sweep, asked } = setUp();
    const mapping = { ...MAPPING, status: "starting", modifiedAtMs: modifiedAtMs + 1 } as const;
    expect(await sweep([mapping])).toBe(true);
    expect(asked).toEqual([]);
  });

  test("keeps no other waiting when it cannot be asked for", async () => {
    const { ports, failed } = setUp();
    const mappingQueue = { send: () => Promise.reject(new Error("no queue")) };
    const mappings = ["one", "two"].map((uuid) => ({
      ...MAPPING,
      uuid,
      status: "starting" as const,
      modifiedAtMs,
    }));
    expect(await sweepMappings({ ...ports, mappingQueue }, mappings)).toBe(true);
    expect(failed).toEqual(["one", "two"]);
  });
});

test("all mappings are found, page after page", async () => {
  const mappings = memoryMappings();
  const uuids = Array.from({ length: 201 }, (_, i) => String(i).padStart(3, "0"));
  for (const uuid of uuids) {
    await mappings.create({ ...MAPPING, uuid, functionArn: `${MAPPING.functionArn}-${uuid}` });
  }
  expect((await allMappings(mappings)).map(({ uuid }) => uuid)).toEqual(uuids);
});

test("a wake-up goes to the queue of whoever serves its reader", async () => {
  const sent: string[] = [];
  const into = (name: string) => ({
    send: async ({ readerId }: WakeUp, delaySeconds: number) =>
      void sent.push(`${name} ${readerId} ${delaySeconds}`),
  });
  const route = wakeRoute({ consume: into("consume"), deliver: into("deliver") });
  const shard = "kinesis/clicks/5c1f09ab27de4410/0000000000" as ShardKey;
  await route.send({ shard, readerId: "consumer/one", blockIndex: 0 }, 1);
  await route.send({ shard, readerId: "source/logs/5c1f09ab27de4410", blockIndex: 0 }, 2);
  await route.send({ shard, readerId: "delivery", blockIndex: 0 }, 3);
  expect(sent).toEqual([
    "consume consumer/one 1",
    "deliver source/logs/5c1f09ab27de4410 2",
    "deliver delivery 3",
  ]);
});
