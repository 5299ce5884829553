/** What every `ReplayStore` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { identityOf, type Replay, type ReplayPart } from "../../src/delivery/replay/replay.ts";
import type { ReplayStore } from "../../src/delivery/replay/store.ts";

const NOW_MS = 4_102_444_800_000;

function newReplay(stream = newStream()): Replay {
  return {
    ...identityOf(stream, randomUUID()),
    state: "RUNNING",
    range: { from: { kind: "time", atMs: NOW_MS - 1000 } },
    versionId: 1,
    target: {
      roleArn: "arn:aws:iam::000000000000:role/hydrant",
      bucketArn: "arn:aws:s3:::logs",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      compression: "GZIP",
    },
    shown: { BucketARN: "arn:aws:s3:::logs" },
    request: "hash",
    startedAtMs: NOW_MS,
    openedBelow: 0,
  };
}

const newStream = () => ({ name: "logs", generation: randomUUID().slice(0, 8) });

function partOf(shardIndex: number): ReplayPart {
  return {
    shardIndex,
    from: { blockIndex: 5, byteOffset: 50 },
    to: { blockIndex: 10, byteOffset: 100 },
    skippedAtStart: 1,
  };
}

const DONE = { recordCount: 3, byteCount: 30, objectCount: 1, expiredCount: 2 };

export function testReplayStore(make: () => ReplayStore): void {
  test("a replay is not created in a room that another one has entered since", async () => {
    const store = make();
    const stream = newStream();
    const [first, second, third] = [newReplay(stream), newReplay(stream), newReplay(stream)];
    const empty = await store.room(first);
    expect(await store.create(first, empty)).toBe("created");
    expect(await store.create(first, empty)).toBe("created");
    expect(await store.create(second, empty)).toBe("crowded");
    expect(await store.get(second)).toBeUndefined();
    const taken = await store.room(second);
    expect(await store.create(second, taken)).toBe("created");
    expect(await store.create(third, taken)).toBe("crowded");
    expect(await store.create(third)).toBe("created");
    const elsewhere = newReplay();
    expect(await store.create(elsewhere, await store.room(elsewhere))).toBe("created");
  });

  test("a replay is created once, and found under its stream", async () => {
    const store = make();
    const stream = newStream();
    const { name: streamName, generation } = stream;
    const first = newReplay(stream);
    const second = newReplay(stream);
    expect(await store.create(first)).toBe("created");
    expect(await store.create(first)).toBe("created");
    expect(await store.create({ ...first, request: "other" })).toBe("exists");
    await store.create(second);
    await store.create(newReplay());
    expect(await store.get(first)).toEqual(first);
    expect(await store.get({ ...first, replayId: "none" })).toBeUndefined();
    const listed = await store.list({ streamName, generation });
    expect(listed.toSorted((a, b) => (a.replayId < b.replayId ? -1 : 1))).toEqual(
      [first, second].toSorted((a, b) => (a.replayId < b.replayId ? -1 : 1)),
    );
  });

  test("it is replaced as it was read, and not otherwise", async () => {
    const store = make();
    const replay = newReplay();
    await store.create(replay);
    const stopping: Replay = { ...replay, state: "STOPPING" };
    expect(await store.update(replay, stopping)).toBe("updated");
    expect(await store.update(replay, stopping)).toBe("updated");
    expect(await store.update(replay, { ...replay, state: "COMPLETED" })).toBe("conflict");
    expect(await store.get(replay)).toEqual(stopping);
  });

  test("it is left to be settled from its creation on, and whenever somebody says so", async () => {
    const store = make();
    const replay = newReplay();
    const { streamName, generation, replayId } = replay;
    const isLeft = async () =>
      (await store.left()).some((left) => left.replayId === replay.replayId);
    await store.create(replay);
    expect(await store.left()).toContainEqual({ streamName, generation, replayId });
    await store.opened(replay);
    await store.opened(replay);
    expect(await isLeft()).toBe(false);
    await store.leave(replay);
    await store.leave(replay);
    await store.opened(replay);
    expect(await isLeft()).toBe(true);
    await store.settled(replay);
    await store.settled(replay);
    expect(await isLeft()).toBe(false);
  });

  test("its parts begin with nothing done, and come in the order of their shards", async () => {
    const store = make();
    const replay = newReplay();
    await store.create(replay);
    for (const shardIndex of [10, 2, 0]) await store.openPart(replay, partOf(shardIndex));
    expect((await store.parts(replay)).map(({ part }) => part.shardIndex)).toEqual([0, 2, 10]);
    expect(await store.part(replay, 2)).toEqual({
      part: partOf(2),
      readTo: 5,
      hasEnded: false,
      recordCount: 0,
      byteCount: 0,
      objectCount: 0,
      expiredCount: 0,
    });
    expect(await store.part(replay, 1)).toBeUndefined();
  });

  test("what was done up to a block is counted once, and a part that is opened again keeps it", async () => {
    const store = make();
    const replay = newReplay();
    await store.create(replay);
    await store.openPart(replay, partOf(0));
    await store.count(replay, 0, { ...DONE, readTo: 7 });
    await store.count(replay, 0, { ...DONE, readTo: 7 });
    await store.openPart(replay, partOf(0));
    await store.count(replay, 0, { ...DONE, readTo: 9 });
    await store.count(replay, 0, { ...DONE, readTo: 7 });
    await store.count(replay, 1, { ...DONE, readTo: 7 });
    await store.endPart(replay, 0);
    await store.endPart(replay, 0);
    await store.endPart(replay, 1);
    expect(await store.parts(replay)).toEqual([
      {
        part: partOf(0),
        readTo: 9,
        hasEnded: true,
        recordCount: 6,
        byteCount: 60,
        objectCount: 2,
        expiredCount: 4,
      },
    ]);
  });
}
