/** What becomes of a mapping's readers when the mapping changes, also while they are being worked on. */
import { describe, expect, test } from "vitest";
import { type LifecyclePorts, settleMapping } from "../../../src/consumer/lifecycle.ts";
import {
  consumerReaderId,
  consumerWakeRule,
  type EventSourceMapping,
} from "../../../src/consumer/mapping.ts";
import { memoryMappings } from "../../../src/storage/memory/mappings.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { changedMapping, eventSourceMapping } from "../../helpers/event-source-mapping.ts";
import { mortal, ProcessDied } from "../../helpers/faulty-ports.ts";
import { ownReaders } from "../readers/own-readers.ts";
import { NOW_MS, world } from "../streams/reshard-world.ts";

const { uuid: UUID, eventSourceArn: STREAM_ARN } = eventSourceMapping();
const READER_ID = consumerReaderId(UUID);

async function setUp(shardCount = 2, members: Partial<EventSourceMapping> = {}) {
  const made = await world(shardCount);
  const readers = memoryReaders<never>();
  const mappings = memoryMappings();
  const rings: string[] = [];
  const log: typeof made.log = {
    ...made.log,
    async ring(shard, atMs) {
      rings.push(shard);
      await made.log.ring(shard, atMs);
    },
  };
  const { dataStreams, clock, stream } = made;
  const ports: LifecyclePorts = { mappings, dataStreams, log, readers, clock };
  const starting = { status: "starting", streamGeneration: stream.generation } as const;
  await mappings.create(eventSourceMapping({ ...starting, ...members }));
  const own = ownReaders(made, readers, READER_ID);
  const current = async () => (await mappings.get(UUID))!;

  async function change(changes: Partial<EventSourceMapping>): Promise<void> {
    const changed = changedMapping(await current(), changes);
    expect(await mappings.update(changed)).toEqual({ kind: "updated" });
  }

  return {
    ...made,
    ports,
    readers,
    mappings,
    rings,
    current,
    change,
    settle: (changed: Partial<LifecyclePorts> = {}) =>
      settleMapping({ ...ports, ...changed }, UUID),
    places: own.places,
    async end(index: number): Promise<void> {
      expect(await own.pass(index, consumerWakeRule(await current()))).toBe("passed");
    },
  };
}

describe("a mapping that starts", () => {
  test("gets a reader per shard that goes ahead of its checkpoint, and is enabled", async () => {
    const { settle, places, readers, keyOf, current } = await setUp(2, { batchSize: 7 });
    await settle();
    expect(await places()).toEqual([0, 0]);
    expect(await readers.get(keyOf(1), READER_ID)).toMatchObject({
      frontier: { blockIndex: 0 },
      wakeRule: { recordCount: 7 },
    });
    expect(await current()).toMatchObject({ status: "enabled" });
    expect(await current()).not.toHaveProperty("pending");
  });

  test("is rung for again when it is enabled: nobody may have heard the rings before", async () => {
    const { settle, rings, keyOf, mappings } = await setUp();
    const statuses: (string | undefined)[] = [];
    await settle({
      mappings: {
        ...mappings,
        async update(mapping) {
          statuses.push(`${mapping.status} ${mapping.pending}`);
          rings.splice(0);
          return mappings.update(mapping);
        },
        get: mappings.get,
      },
    });
    expect(statuses).toEqual(["enabled creating", "enabled undefined"]);
    const again = await setUp();
    await again.settle();
    expect(again.rings).toEqual([0, 1, 0, 1].map(keyOf));
  });

  test("is disabled when it was made so, with its readers in place", async () => {
    const { settle, places, current } = await setUp(2, { startsEnabled: false });
    await settle();
    expect(await places()).toEqual([0, 0]);
    expect(await current()).toMatchObject({ status: "disabled" });
  });

  test("from the latest records begins when it was created, however late its readers are opened", async () => {
    const { settle, places, append, split, clock } = await setUp(2, {
      start: { kind: "latest" },
      createdAtMs: NOW_MS + 1000,
    });
    await append(0);
    await clock.sleep(2000);
    await append(0);
    await clock.sleep(2000);
    await split(1);
    await settle();
    expect(await places()).toEqual([1, 0, undefined, undefined]);
  });

  test("whose maker died is finished by the next, wherever it died", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at < 30; at++) {
        const { settle, ports, places, current } = await setUp();
        const died = await settle({ readers: mortal(ports.readers, at, when) }).then(
          () => false,
          (error: unknown) => error instanceof ProcessDied,
        );
        await settle();
        expect(await places()).toEqual([0, 0]);
        expect(await current()).toMatchObject({ status: "enabled" });
        expect(await current()).not.toHaveProperty("pending");
        if (!died) break;
      }
    }
  });

  test("on a stream that is gone has no readers and says why nothing comes", async () => {
    const { settle, dataStreams, stream, mappings, current } = await setUp();
    await dataStreams.remove(stream);
    await settle();
    expect(await current()).toMatchObject({ status: "enabled" });
    expect(await mappings.lastResult(UUID)).toEqual({
      kind: "problem",
      message: `PROBLEM: Stream not found: ${STREAM_ARN}`,
    });
  });

  test("leaves no readers when its stream goes while they are opened", async () => {
    const { settle, dataStreams, stream, readers, keyOf } = await setUp();
    await settle({
      readers: {
        ...readers,
        async open(shard, readerId, state) {
          if (shard === keyOf(1)) await dataStreams.remove(stream);
          await readers.open(shard, readerId, state);
        },
      },
    });
    for (const index of [0, 1]) expect(await readers.list(keyOf(index))).toEqual([]);
  });

  test("leaves no readers when it is deleted while they are opened", async () => {
    const { settle, change, readers, keyOf, mappings } = await setUp();
    let isDeleted = false;
    await settle({
      readers: {
        ...readers,
        async open(shard, readerId, state) {
          if (!isDeleted) {
            isDeleted = true;
            await change({ status: "deleting" });
            await settle();
            expect(await mappings.get(UUID)).toBeUndefined();
          }
          await readers.open(shard, readerId, state);
        },
      },
    });
    for (const index of [0, 1]) expect(await readers.list(keyOf(index))).toEqual([]);
  });
});

describe("a mapping that changes", () => {
  async function enabled(shardCount = 2) {
    const made = await setUp(shardCount);
    await made.settle();
    made.rings.splice(0);
    return made;
  }

  test("brings its wake-up rule to its readers and rings, but not for those that have ended", async () => {
    const { settle, change, split, end, rings, readers, keyOf, current } = await enabled();
    await split(0);
    await end(0);
    rings.splice(0);
    await change({ batchSize: 3, pending: "updating" });
    await settle();
    for (const index of [1, 2, 3]) {
      expect((await readers.get(keyOf(index), READER_ID))?.wakeRule.recordCount).toBe(3);
    }
    expect(rings).toEqual([1, 2, 3].map(keyOf));
    expect(await current()).not.toHaveProperty("pending");
  });

  test("and is disabled leaves its readers where they are, and rings for nobody", async () => {
    const { settle, change, places, rings, current } = await enabled();
    await change({ status: "disabled", pending: "disabling" });
    await settle();
    expect(await places()).toEqual([0, 0]);
    expect(rings).toEqual([]);
    expect(await current()).not.toHaveProperty("pending");
  });

  test("and is enabled again is rung for although what rang before was answered", async () => {
    const { settle, change, readers, keyOf } = await enabled();
    const { wakeRule: rule } = (await readers.get(keyOf(0), READER_ID))!;
    await readers.markWoken(keyOf(0), READER_ID, { blockIndex: 0, level: "work", rule });
    await change({ status: "enabled", pending: "enabling" });
    await settle();
    expect((await readers.get(keyOf(0), READER_ID))?.woken).toBeUndefined();
  });

  test("while an earlier change is brought to its readers keeps the later rule", async () => {
    const { settle, change, readers, keyOf, current } = await enabled();
    await change({ batchSize: 3, pending: "updating" });
    let isChanged = false;
    await settle({
      readers: {
        ...readers,
        async configure(shard, readerId, rule) {
          if (!isChanged) {
            isChanged = true;
            await change({ batchSize: 4, pending: "updating" });
            // Another function does it all; ours comes late with what it knew.
            await settle();
          }
          await readers.configure(shard, readerId, rule);
        },
      },
    });
    for (const index of [0, 1]) {
      expect((await readers.get(keyOf(index), READER_ID))?.wakeRule.recordCount).toBe(4);
    }
    expect(await current()).not.toHaveProperty("pending");
  });

  test("in nothing is left alone", async () => {
    const { settle, rings, current } = await enabled();
    const before = await current();
    await settle();
    expect(await current()).toEqual(before);
    expect(rings).toEqual([]);
  });
});

describe("a mapping that is deleted", () => {
  test("goes with the readers of all its shards, and leaves those of others", async () => {
    const { settle, change, readers, keyOf, mappings, split, end } = await setUp();
    await settle();
    await split(0);
    await end(0);
    const wakeRule = { sizeBytes: 1, intervalMs: 0 };
    const checkpoint = { blockIndex: 0, byteOffset: 0 };
    await readers.open(keyOf(2), "consumer/other", { checkpoint, wakeRule });
    await change({ status: "deleting" });
    await settle();
    expect(await mappings.get(UUID)).toBeUndefined();
    const left = await Promise.all([0, 1, 2, 3].map((index) => readers.list(keyOf(index))));
    expect(left.flat().map(({ readerId }) => readerId)).toEqual(["consumer/other"]);
  });

  test("goes when its stream is gone", async () => {
    const { settle, change, dataStreams, stream, mappings } = await setUp();
    await settle();
    await dataStreams.remove(stream);
    await change({ status: "deleting" });
    await settle();
    expect(await mappings.get(UUID)).toBeUndefined();
    await settle();
  });
});
