/** What every `DeliveryNotes` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { DeliveryNotes, FlushNote, FlushPlace } from "../../src/delivery/ports.ts";
import type { ShardKey } from "../../src/log/store.ts";

const OBJECT = { bucket: "logs", key: "2026/a" };
const NOW_MS = 4_102_444_800_000;

function flushNote(fromBlock: number, toBlock: number, atMs = NOW_MS): FlushNote {
  const from = { blockIndex: fromBlock, byteOffset: 10 * fromBlock };
  const to = { blockIndex: toBlock, byteOffset: 10 * toBlock };
  const span = { from, to, recordCount: toBlock - fromBlock, oldestArrivedAtMs: NOW_MS };
  return {
    fromBlock,
    toBlock,
    atMs,
    oldestArrivedAtMs: NOW_MS,
    recordCount: toBlock - fromBlock,
    counts: { deliveredCount: 1, droppedCount: 0, failedCount: 0, deliveredBytes: 10 },
    objects: [OBJECT],
    objectCount: 1,
    plan: { span, versionId: 1 },
  };
}

export function testDeliveryNotes(make: () => DeliveryNotes): void {
  const newShard = () => `contract/${randomUUID()}` as ShardKey;

  test("nothing is known at first, and each reader has a note of its own", async () => {
    const notes = make();
    const shard = newShard();
    expect(await notes.get(shard, "delivery")).toBeUndefined();
    await notes.delivered(shard, "delivery", { object: OBJECT, atMs: NOW_MS });
    expect(await notes.get(shard, "delivery")).toEqual({ lastObject: { ...OBJECT, atMs: NOW_MS } });
    expect(await notes.get(shard, "backup")).toBeUndefined();
    expect(await notes.get(newShard(), "delivery")).toBeUndefined();
  });

  test("a failure is known by its last words and from its first", async () => {
    const notes = make();
    const shard = newShard();
    await notes.delivered(shard, "r", { object: OBJECT, atMs: NOW_MS });
    const first = { message: "one", atMs: NOW_MS + 1, retryAtMs: NOW_MS + 10 };
    const last = { message: "two", atMs: NOW_MS + 20, retryAtMs: NOW_MS + 40 };
    await notes.failed(shard, "r", first);
    await notes.failed(shard, "r", last);
    expect(await notes.get(shard, "r")).toEqual({
      lastObject: { ...OBJECT, atMs: NOW_MS },
      failure: { ...last, sinceMs: first.atMs },
    });
  });

  test("a flush that succeeds ends it, whether or not it left an object", async () => {
    const notes = make();
    const shard = newShard();
    const failure = { message: "one", atMs: NOW_MS, retryAtMs: NOW_MS + 10 };
    await notes.failed(shard, "r", failure);
    await notes.delivered(shard, "r", { atMs: NOW_MS + 20 });
    expect(await notes.get(shard, "r")).toEqual({});
    await notes.failed(shard, "r", { ...failure, atMs: NOW_MS + 30 });
    expect((await notes.get(shard, "r"))?.failure?.sinceMs).toBe(NOW_MS + 30);
    await notes.delivered(shard, "r", { object: OBJECT, atMs: NOW_MS + 40 });
    await notes.delivered(shard, "r", { atMs: NOW_MS + 50 });
    expect(await notes.get(shard, "r")).toEqual({
      lastObject: { ...OBJECT, atMs: NOW_MS + 40 },
    });
  });

  test("a flush is found by any of its blocks, and by no other", async () => {
    const notes = make();
    const shard = newShard();
    const first = flushNote(0, 9);
    const second = flushNote(9, 120);
    for (const flush of [second, first]) await notes.flushed(shard, "r", flush, NOW_MS + 1);
    await notes.flushed(shard, "r2", flushNote(0, 500), NOW_MS + 1);
    const found = (block: number) => notes.flushOf(shard, "r", block);
    expect(await Promise.all([0, 8, 9, 119].map(found))).toEqual([first, first, second, second]);
    expect(await found(120)).toBeUndefined();
    expect(await notes.flushOf(newShard(), "r", 0)).toBeUndefined();
  });

  test("a flush that is noted again is noted once, as it was noted last", async () => {
    const notes = make();
    const shard = newShard();
    await notes.flushed(shard, "r", flushNote(4, 8), NOW_MS + 1);
    await notes.flushed(shard, "r", flushNote(4, 6, NOW_MS + 7), NOW_MS + 1);
    expect(await notes.flushes(shard, "r", { limit: 10 })).toEqual([flushNote(4, 6, NOW_MS + 7)]);
    expect(await notes.flushOf(shard, "r", 7)).toBeUndefined();
  });

  test("flushes are listed from the latest on, page by page", async () => {
    const notes = make();
    const shard = newShard();
    const all = [0, 1, 2, 3, 4].map((block) => flushNote(block, block + 1));
    for (const flush of all) await notes.flushed(shard, "r", flush, NOW_MS + 1);
    const page = (options: { readonly before?: FlushPlace; readonly limit: number }) =>
      notes.flushes(shard, "r", options);
    expect(await page({ limit: 2 })).toEqual([all[4], all[3]]);
    expect(await page({ before: { fromBlock: 3 }, limit: 2 })).toEqual([all[2], all[1]]);
    expect(await page({ before: { fromBlock: 1 }, limit: 2 })).toEqual([all[0]]);
    expect(await page({ before: { fromBlock: 0 }, limit: 2 })).toEqual([]);
  });

  test("flushes of a partitioned stream that begin at one block are several", async () => {
    const notes = make();
    const shard = newShard();
    const at = (fromBlock: number, toBlock: number, plannedAtMs: number): FlushNote => ({
      ...flushNote(fromBlock, toBlock),
      plannedAtMs,
      waitedFrom: 1,
    });
    const all = [at(0, 4, 5), at(4, 4, 6), at(4, 4, 8), at(4, 7, 7), flushNote(7, 9)];
    for (const flush of all.toReversed()) await notes.flushed(shard, "r", flush, NOW_MS + 1);
    await notes.flushed(shard, "r", all[1]!, NOW_MS + 1);
    expect(await notes.flushes(shard, "r", { limit: 10 })).toEqual(all.toReversed());
    expect(await notes.flushes(shard, "r", { before: all[3]!, limit: 2 })).toEqual([
      all[2],
      all[1],
    ]);
    expect(await notes.flushes(shard, "r", { before: all[1]!, limit: 2 })).toEqual([all[0]]);
    expect(
      await Promise.all([3, 4, 6, 7].map((block) => notes.flushOf(shard, "r", block))),
    ).toEqual([all[0], all[3], all[3], all[4]]);
    expect(await notes.flushesBehind(shard, "r", 1, 2)).toEqual([all[1], all[2]]);
    expect(await notes.flushesBehind(shard, "r", 4, 9)).toEqual([all[4]]);
    expect(await notes.flushesBehind(shard, "r", 7, 9)).toEqual([]);
  });
}
