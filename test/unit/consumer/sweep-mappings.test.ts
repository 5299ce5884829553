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
import { SHARD_START, type WakeUp } from "../../../src/readers/store.ts";
import { SWEEP_GRACE_MS } from "../../../src/readers/sweep.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { eventSourceMapping } from "../../helpers/event-source-mapping.ts";
import { NOW_MS, world } from "../streams/reshard-world.ts";

const MAPPING = eventSourceMapping({ uuid: "one" });

async function setUp(shardCount = 2) {
  const { stream, log, dataStreams, clock } = await world(shardCount);
  const readers = memoryReaders<never>();
  const woken: WakeUp[] = [];
  const asked: string[] = [];
  const failed: string[] = [];
  const shard = (index: number) => dataShardKey(stream, index);
  const ports: MappingSweepPorts<never> = {
    log,
    readers,
    dataStreams,
    clock,
    queue: { send: async (wakeUp) => void woken.push(wakeUp) },
    mappingQueue: { send: async (uuid) => void asked.push(uuid) },
    reportFailure: (place) => void failed.push(place),
  };
  return {
    ports,
    woken,
    asked,
    failed,
    shard,
    async open(index: number, uuid = "one") {
      const wakeRule = { sizeBytes: 1, intervalMs: 0 };
      const state = { checkpoint: SHARD_START, wakeRule };
      await readers.open(shard(index), consumerReaderId(uuid), state);
    },
    /** Reserved and never written, which the sweep takes for something to look after. */
    append: (index: number) => log.reserve(shard(index), { recordCount: 1, byteCount: 1 }),
    sweep: (mappings: readonly EventSourceMapping[]) =>
      sweepMappings({ ...ports, isPaused: pausedReaders(mappings) }, mappings),
  };
}

describe("the shards that consumers read", () => {
  test("have their forgotten readers woken", async () => {
    const { open, append, sweep, woken, shard } = await setUp();
    await open(0);
    await open(1);
    await append(1);
    expect(await sweep([MAPPING])).toBe(true);
    expect(woken).toEqual([{ shard: shard(1), readerId: "consumer/one", blockIndex: 0 }]);
  });

  test("are at rest where all was read", async () => {
    const { open, sweep, woken } = await setUp();
    await open(0);
    expect(await sweep([MAPPING])).toBe(false);
    expect(woken).toEqual([]);
  });

  test("are at rest where their mapping is disabled, whatever waits", async () => {
    const { open, append, sweep, woken } = await setUp();
    await open(0);
    await append(0);
    expect(await sweep([{ ...MAPPING, status: "disabled" }])).toBe(false);
    await open(0, "two");
    expect(
      await sweep([
        { ...MAPPING, status: "disabled" },
        { ...MAPPING, uuid: "two" },
      ]),
    ).toBe(true);
    expect(woken.map(({ readerId }) => readerId)).toEqual(["consumer/two"]);
  });

  test("are looked at once, however many mappings read them", async () => {
    const { open, append, sweep, woken } = await setUp();
    await open(0);
    await append(0);
    await sweep([MAPPING, { ...MAPPING, uuid: "two" }]);
    expect(woken).toHaveLength(1);
  });

  test("count as open when they cannot be looked at, and keep no other waiting", async () => {
    const { ports, open, append, failed, woken, shard } = await setUp(30);
    await open(1);
    await open(29);
    await append(29);
    const { log } = ports;
    const broken: typeof log = {
      ...log,
      head: async (key: ShardKey) => {
        if (key === shard(1)) throw new Error("no answer");
        return log.head(key);
      },
    };
    expect(await sweepMappings({ ...ports, log: broken }, [MAPPING])).toBe(true);
    expect(failed).toEqual([shard(1)]);
    expect(woken).toHaveLength(1);
  });
});

describe("a mapping that a change left unfinished", () => {
  const modifiedAtMs = NOW_MS - SWEEP_GRACE_MS;

  test.each([
    { status: "starting" },
    { status: "deleting" },
    { pending: "updating" },
    { status: "disabled", pending: "disabling" },
  ] as const)("is finished: %j", async (change) => {
    const { sweep, asked } = await setUp();
    expect(await sweep([{ ...MAPPING, ...change, modifiedAtMs }])).toBe(true);
    expect(asked).toEqual(["one"]);
  });

  test("has a while to be finished without", async () => {
    const { sweep, asked } = await setUp();
    const mapping = { ...MAPPING, status: "starting", modifiedAtMs: modifiedAtMs + 1 } as const;
    expect(await sweep([mapping])).toBe(true);
    expect(asked).toEqual([]);
  });

  test("keeps no other waiting when it cannot be asked for", async () => {
    const { ports, failed } = await setUp();
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
