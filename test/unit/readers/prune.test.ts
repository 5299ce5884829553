/** What is forgotten of a stream, when, and that nobody misses it. */
import { describe, expect, it, test } from "vitest";
import { HOURS_TO_MS, PRUNE_INTERVAL_MS, SHARD_FORGOTTEN_AFTER_MS } from "../../../src/limits.ts";
import { startFollowing } from "../../../src/readers/follow.ts";
import { type PrunePorts, pruneShards } from "../../../src/readers/prune.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { openShards } from "../../../src/streams/shard-map.ts";
import { mergeShards, splitShard } from "../../../src/streams/split-and-merge.ts";
import { isPruneDue } from "../../../src/streams/unfinished.ts";
import { world } from "../streams/reshard-world.ts";
import { ownReaders } from "./own-readers.ts";

const DAY_MS = 24 * HOURS_TO_MS;
const FOLLOWER = { readerId: "consumer/one", wakeRule: { sizeBytes: 1, intervalMs: 0 } };

async function setUp(shardCount: number) {
  const made = await world(shardCount);
  const readers = memoryReaders<never>();
  const own = ownReaders(made, readers, FOLLOWER.readerId);
  const dataStreams = {
    ...made.dataStreams,
    async forget(...[stream, index]: Parameters<typeof made.dataStreams.forget>) {
      await made.dataStreams.forget(stream, index);
      readers.close(made.keyOf(index));
    },
  };
  const ports = { dataStreams, readers, clock: made.clock };
  return {
    ...made,
    readers,
    ports,
    start: async () =>
      startFollowing({ ...made, readers }, await made.view(), FOLLOWER, { kind: "trim-horizon" }),
    /** To the shard's end, which releases its reader. */
    async pass(index: number) {
      const outcome = await own.pass(index, FOLLOWER.wakeRule);
      const { epoch = 0 } = (await own.stateOf(index)) ?? {};
      await readers.release({ shard: made.keyOf(index), readerId: FOLLOWER.readerId, epoch });
      return outcome;
    },
    stateOf: own.stateOf,
    prune: async (other: Partial<PrunePorts> = {}, deadlineMs = Infinity) =>
      pruneShards({ ...ports, ...other }, await made.current(), deadlineMs),
    indexes: async () => (await made.shards()).map(({ index }) => index),
    later: () => made.clock.sleep(DAY_MS + SHARD_FORGOTTEN_AFTER_MS + 1),
  };
}

describe("a closed shard", () => {
  it("is forgotten an hour after its last record expired, with its counter and its readers", async () => {
    const made = await setUp(2);
    await made.start();
    await made.split(0);
    await made.pass(0);
    const isDue = async () => isPruneDue(await made.current(), made.clock.now());
    await made.clock.sleep(DAY_MS + SHARD_FORGOTTEN_AFTER_MS - 1);
    expect(await isDue()).toBe(false);
    await made.prune();
    expect(await made.indexes()).toEqual([0, 1, 2, 3]);

    await made.clock.sleep(PRUNE_INTERVAL_MS);
    expect(await isDue()).toBe(true);
    expect(await made.prune()).toBe(true);
    expect(await made.indexes()).toEqual([1, 2, 3]);
    expect(await made.log.head(made.keyOf(0))).toBeUndefined();
    expect(await made.stateOf(0)).toBeUndefined();
    expect(await made.stateOf(2)).toBeDefined();
    // Nothing is closed any more; and the next shard is no old one.
    expect(await made.current()).not.toHaveProperty("pruneAtMs");
    await made.split(1);
    expect(await made.indexes()).toEqual([1, 2, 3, 4, 5]);
    const [, child] = await made.shards();
    expect(child).toMatchObject({ index: 2, parentIndex: 0 });
  });

  it("stays while a reader has not come to its end, or has not opened its children's; so do its children", async () => {
    const made = await setUp(1);
    await made.start();
    await made.split(0);
    await made.clock.sleep(1000);
    await made.split(1);
    await made.later();
    await made.prune();
    expect(await made.indexes()).toEqual([0, 1, 2, 3, 4]);
    expect((await made.current()).pruneAtMs).toBe(made.clock.now() + PRUNE_INTERVAL_MS);

    const claim = { token: "t", nowMs: made.clock.now(), untilMs: made.clock.now() + 1 };
    const taken = await made.readers.acquire(made.keyOf(0), FOLLOWER.readerId, claim);
    if (taken.kind !== "acquired") throw new Error(taken.kind);
    await made.readers.end(taken.lease);
    await made.later();
    await made.prune();
    expect(await made.indexes()).toEqual([0, 1, 2, 3, 4]);

    await made.pass(0);
    await made.prune();
    expect(await made.indexes()).toEqual([1, 2, 3, 4]);
    await made.pass(1);
    await made.prune();
    expect(await made.indexes()).toEqual([2, 3, 4]);
  });

  it("does not stay for a reader whose owner is gone for good", async () => {
    const made = await setUp(1);
    await made.start();
    await made.split(0);
    await made.later();
    const isNobodys = (readerId: string) => readerId === FOLLOWER.readerId;
    await made.prune({ isNobodys });
    expect(await made.indexes()).toEqual([1, 2]);
    expect(await made.stateOf(0)).toBeUndefined();
  });

  it("does not come back with a retention that is raised, and goes early with one that is lowered", async () => {
    const made = await setUp(1);
    await made.split(0);
    await made.clock.sleep(DAY_MS + 1);
    const { revision, ...stream } = await made.current();
    const trimmedBeforeMs = made.clock.now() - DAY_MS;
    const raised = { ...stream, retentionHours: 168, trimmedBeforeMs, revision: revision + 1 };
    await made.dataStreams.update(raised);
    await made.clock.sleep(SHARD_FORGOTTEN_AFTER_MS);
    await made.prune();
    expect(await made.indexes()).toEqual([0, 1, 2]);
    const standing = await made.current();
    await made.dataStreams.update({
      ...standing,
      retentionHours: 24,
      revision: standing.revision + 1,
    });
    await made.prune();
    expect(await made.indexes()).toEqual([1, 2]);
  });
});

describe("a parent of two that was forgotten before the other", () => {
  async function merged() {
    const made = await setUp(2);
    await made.start();
    await made.merge(0, 1);
    await made.pass(0);
    await made.later();
    return made;
  }

  it("counts as read to its end by who comes to the other's", async () => {
    const made = await merged();
    await made.prune();
    expect(await made.indexes()).toEqual([1, 2]);
    expect(await made.stateOf(2)).toBeUndefined();
    expect(await made.pass(1)).toBe("passed");
    expect(await made.stateOf(2)).toMatchObject({ checkpoint: { blockIndex: 0 } });
  });

  it.each([
    ["its counter", ["counter"]],
    ["its readers", ["counter", "readers"]],
  ])(
    "counts so, too, when forgetting it was cut off behind %s, and is forgotten by the next",
    async (_, steps) => {
      const made = await merged();
      const cutOff = {
        ...made.ports.dataStreams,
        async forget(_stream: unknown, index: number) {
          if (steps.includes("counter")) made.log.forget(made.keyOf(index));
          if (steps.includes("readers")) made.readers.close(made.keyOf(index));
          throw new Error("died");
        },
      };
      await expect(made.prune({ dataStreams: cutOff })).rejects.toThrow("died");
      expect(isPruneDue(await made.current(), made.clock.now())).toBe(true);
      expect(await made.pass(1)).toBe("passed");
      expect(await made.stateOf(2)).toBeDefined();
      await made.prune();
      expect(await made.indexes()).toEqual([2]);
    },
  );

  it("is not begun with by who starts once more", async () => {
    const made = await merged();
    await made.prune();
    await made.start();
    expect(await made.stateOf(0)).toBeUndefined();
    expect(await made.stateOf(2)).toBeUndefined();
    await made.pass(1);
    expect(await made.stateOf(2)).toBeDefined();
  });
});

it("leaves no reader behind in a shard that is forgotten while a follower starts", async () => {
  const made = await setUp(1);
  const view = await made.view();
  const readers = {
    ...made.readers,
    async open(...opened: Parameters<typeof made.readers.open>) {
      made.log.forget(made.keyOf(0));
      made.readers.close(made.keyOf(0));
      await made.readers.open(...opened);
    },
  };
  await startFollowing({ ...made, readers }, view, FOLLOWER, { kind: "trim-horizon" });
  expect(await made.stateOf(0)).toBeUndefined();
  // Nor does one that died before it saw that.
  await made.readers.open(made.keyOf(0), FOLLOWER.readerId, {
    checkpoint: { blockIndex: 0, byteOffset: 0 },
    wakeRule: FOLLOWER.wakeRule,
  });
  await startFollowing({ ...made, readers }, view, FOLLOWER, { kind: "trim-horizon" });
  expect(await made.stateOf(0)).toBeUndefined();
});

it("stops when its time is over, and goes on the next time", async () => {
  const made = await setUp(60);
  for (let index = 0; index < 60; index += 2) await made.merge(index, index + 1);
  await made.later();
  let left = 30;
  const clock = { ...made.clock, now: () => made.clock.now() + (left <= 5 ? 1 : 0) };
  const dataStreams = {
    ...made.ports.dataStreams,
    async forget(...forgotten: Parameters<typeof made.ports.dataStreams.forget>) {
      left -= 1;
      await made.ports.dataStreams.forget(...forgotten);
    },
  };
  expect(await made.prune({ clock, dataStreams }, made.clock.now() + 1)).toBe(false);
  expect(await made.indexes()).toHaveLength(65);
  expect(isPruneDue(await made.current(), made.clock.now())).toBe(true);
  expect(await made.prune({ dataStreams })).toBe(true);
  expect(await made.indexes()).toHaveLength(30);
});

/** Ten times a day a twentieth of the shards is split, and as many pairs are merged: as many stay open. */
export async function monthOfReshards(shardCount: number, days: number) {
  const made = await setUp(shardCount);
  await made.start();
  const items: number[] = [];
  const pairs = Math.max(1, Math.floor(shardCount / 20));
  for (let time = 1; time <= days * 10; time++) {
    await made.clock.sleep(DAY_MS / 10);
    const open = openShards(await made.shards());
    const { nextShardIndex } = await made.current();
    const parentIndexes: number[] = [];
    const children: (typeof open)[number][] = [];
    const offset = time % Math.max(1, shardCount - 3 * pairs);
    for (let pair = 0; pair < pairs; pair++) {
      const [lower, upper, whole] = open.slice(offset + 3 * pair);
      const at = () => ({ nextIndex: nextShardIndex + children.length, nowMs: made.clock.now() });
      const merge = mergeShards(lower!, upper!, at())!;
      parentIndexes.push(...merge.parentIndexes);
      children.push(...merge.children);
      const { start, end } = whole!.range;
      const split = splitShard(whole!, start + (end - start + 1n) / 2n, at())!;
      parentIndexes.push(...split.parentIndexes);
      children.push(...split.children);
    }
    await made.reshard({ parentIndexes, children });
    for (const index of parentIndexes) await made.pass(index);
    if (isPruneDue(await made.current(), made.clock.now())) await made.prune();
    items.push((await made.shards()).length);
  }
  return { made, items, pairs };
}

test("a month of ten reshards a day leaves what a day of them does", async () => {
  const shardCount = 60;
  const { made, items, pairs } = await monthOfReshards(shardCount, 30);
  const closedADay = 10 * 3 * pairs;
  expect(items[9]).toBe(shardCount + closedADay);
  expect(Math.max(...items)).toBeLessThanOrEqual(shardCount + 1.3 * closedADay);
  const known = await made.shards();
  expect(known.at(-1)!.index).toBe(shardCount + 300 * 3 * pairs - 1);
  expect(openShards(known)).toHaveLength(shardCount);
  // Of all that was ever read, readers stand where shards do; and those of open shards are at work.
  for (const { index, closed } of known)
    expect((await made.stateOf(index))?.ended ?? false).toBe(closed !== undefined);
  let readerCount = 0;
  for (let index = 0; index < (await made.current()).nextShardIndex; index++)
    if (await made.stateOf(index)) readerCount++;
  expect(readerCount).toBe(known.length);
});
