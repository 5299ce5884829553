/** Which shards a follower reads, and in which order, when the stream is split and merged under it. */
import { describe, expect, test } from "vitest";
import { type FollowStart, startFollowing, stopFollowing } from "../../../src/readers/follow.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { world } from "../streams/reshard-world.ts";
import { ownReaders } from "./own-readers.ts";

const FOLLOWER = { readerId: "consumer/one", wakeRule: { sizeBytes: 1, intervalMs: 0 } };

async function setUp(shardCount: number) {
  const made = await world(shardCount);
  const readers = memoryReaders<never>();
  const ports = { ...made, readers };
  const own = ownReaders(made, readers, FOLLOWER.readerId);
  return {
    ...made,
    ...own,
    readers,
    start: async (start: FollowStart) => startFollowing(ports, await made.view(), FOLLOWER, start),
    remove: (index: number) => readers.remove(made.keyOf(index), FOLLOWER.readerId),
    stop: () => stopFollowing(ports, made.stream, FOLLOWER.readerId),
    pass: (index: number, readTo?: number) => own.pass(index, FOLLOWER.wakeRule, readTo),
  };
}

describe("a follower starts", () => {
  test("from the oldest records in the shards that were there first", async () => {
    const made = await setUp(2);
    await made.append(0);
    await made.split(0);
    await made.start({ kind: "trim-horizon" });
    expect(await made.places()).toEqual([0, 0, undefined, undefined]);
  });

  test("behind the latest records of the open shards", async () => {
    const made = await setUp(2);
    await made.append(1, 7);
    await made.split(0);
    await made.start({ kind: "latest" });
    expect(await made.places()).toEqual([undefined, 1, 0, 0]);
  });

  test("at the first block of a time", async () => {
    const made = await setUp(1);
    await made.append(0);
    await made.append(0);
    await made.clock.sleep(60_000);
    const timestampMs = made.clock.now();
    await made.append(0);
    await made.start({ kind: "time", timestampMs });
    expect(await made.places()).toEqual([2]);
    expect((await made.stateOf(0))?.checkpoint.byteOffset).toBe(20);
  });

  test("where an earlier attempt left a reader, which it opens again, for it may not be listed yet", async () => {
    const made = await setUp(2);
    await made.start({ kind: "latest" });
    await made.append(0);
    const opened: string[] = [];
    const readers: typeof made.readers = {
      ...made.readers,
      async open(shard, ...rest) {
        opened.push(shard);
        await made.readers.open(shard, ...rest);
      },
    };
    await startFollowing({ ...made, readers }, await made.view(), FOLLOWER, { kind: "latest" });
    expect(opened).toEqual([made.keyOf(0), made.keyOf(1)]);
    expect(await made.places()).toEqual([0, 0]);
  });

  test("no further than a block that a producer is about to store", async () => {
    const made = await setUp(1);
    const reserve = () => made.log.reserve(made.keyOf(0), { recordCount: 1, byteCount: 10 });
    await made.append(0);
    await reserve();
    await made.clock.sleep(60_000);
    await made.start({ kind: "time", timestampMs: made.clock.now() - 1000 });
    expect(await made.places()).toEqual([1]);

    await made.remove(0);
    await made.append(0);
    await made.start({ kind: "time", timestampMs: made.clock.now() - 1000 });
    expect(await made.places()).toEqual([1]);

    await made.remove(0);
    await made.clock.sleep(2 * 3_600_000);
    await made.start({ kind: "time", timestampMs: made.clock.now() - 7_201_000 });
    expect(await made.places()).toEqual([2]);
  });

  test("again, without its ancestors' readers being overtaken by shards that are found later", async () => {
    const made = await setUp(2);
    await made.append(0);
    await made.start({ kind: "trim-horizon" });
    await made.split(0);
    await made.split(2);
    await made.clock.sleep(25 * 3_600_000);
    await made.start({ kind: "trim-horizon" });
    await made.start({ kind: "latest" });
    expect(await made.places()).toEqual([0, 0, undefined, undefined, undefined, undefined]);
  });

  test("again, with the parent of a merge that the attempt before did not come to", async () => {
    const made = await setUp(2);
    await made.start({ kind: "trim-horizon" });
    await made.remove(1);
    await made.merge(0, 1);
    await made.clock.sleep(25 * 3_600_000);
    await made.start({ kind: "trim-horizon" });
    expect(await made.places()).toEqual([0, 0, undefined]);
    await made.pass(0);
    await made.pass(1);
    expect(await made.places()).toEqual(["ended", "ended", 0]);
  });

  test("again without moving what is there", async () => {
    const made = await setUp(1);
    await made.start({ kind: "trim-horizon" });
    await made.append(0);
    await made.start({ kind: "latest" });
    expect(await made.places()).toEqual([0]);
  });
});

describe("at the end of a shard", () => {
  test("nothing happens while it is open, or has more to read", async () => {
    const made = await setUp(1);
    await made.start({ kind: "trim-horizon" });
    expect(await made.pass(0)).toBe("open");
    await made.append(0);
    await made.split(0);
    expect(await made.pass(0, 0)).toBe("open");
    expect(await made.places()).toEqual([0, undefined, undefined]);
  });

  test("the children of a split are opened", async () => {
    const made = await setUp(1);
    await made.start({ kind: "trim-horizon" });
    await made.split(0);
    expect(await made.pass(0)).toBe("passed");
    expect(await made.pass(0)).toBe("passed");
    expect(await made.places()).toEqual(["ended", 0, 0]);
  });

  test("the child of a merge is opened by whichever parent ends last", async () => {
    const made = await setUp(2);
    await made.start({ kind: "trim-horizon" });
    await made.merge(0, 1);
    expect(await made.pass(1)).toBe("passed");
    expect(await made.places()).toEqual([0, "ended", undefined]);
    expect(await made.pass(0)).toBe("passed");
    expect(await made.places()).toEqual(["ended", "ended", 0]);
  });

  test("the child of a merge waits for a parent that is not even being read", async () => {
    const made = await setUp(2);
    await made.start({ kind: "trim-horizon" });
    await made.split(0);
    const [, , , upper] = await made.shards();
    expect(upper).toMatchObject({ index: 3, parentIndex: 0 });
    await made.merge(3, 1);
    expect(await made.pass(1)).toBe("passed");
    expect(await made.places()).toEqual([0, "ended", undefined, undefined, undefined]);
    await made.pass(0);
    await made.pass(3);
    expect(await made.places()).toEqual(["ended", "ended", 0, "ended", 0]);
  });

  test("a reshard that is under way is waited for", async () => {
    const made = await setUp(1);
    await made.start({ kind: "trim-horizon" });
    await made.dataStreams.seal(made.stream, 0);
    expect(await made.pass(0)).toBe("resharding");
    expect(await made.places()).toEqual([0]);
  });
});

test("a follower that stops leaves no reader behind", async () => {
  const made = await setUp(1);
  await made.start({ kind: "trim-horizon" });
  await made.split(0);
  await made.pass(0);
  await made.stop();
  expect(await made.places()).toEqual([undefined, undefined, undefined]);
});
