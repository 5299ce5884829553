/** What every `DeliveryNotes` promises. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { DeliveryNotes } from "../../src/delivery/ports.ts";
import type { ShardKey } from "../../src/log/store.ts";

const OBJECT = { bucket: "logs", key: "2026/a" };
const NOW_MS = 4_102_444_800_000;

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
}
