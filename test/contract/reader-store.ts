/** What every `ReaderStore` promises, run against DynamoDB and its twin alike. */
import { describe, expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import {
  type Lease,
  type ReaderStore,
  SHARD_START,
  type WakeRule,
} from "../../src/readers/store.ts";

const RULE: WakeRule = { sizeBytes: 1000, intervalMs: 5000 };
const START = SHARD_START;
const NEXT = { blockIndex: 4, byteOffset: 400 };

export function testReaderStore(make: () => ReaderStore<{ readonly note: string }>): void {
  const readers = make();
  let shardCount = 0;

  async function setUp() {
    shardCount += 1;
    const shard = `firehose/readers-${shardCount}/${Date.now().toString(16)}/0000` as ShardKey;
    await readers.open(shard, "delivery", { checkpoint: START, wakeRule: RULE });
    const acquire = (token: string, nowMs: number, untilMs = nowMs + 100) =>
      readers.acquire(shard, "delivery", { token, nowMs, untilMs });
    async function lease(token = "a", nowMs = 0): Promise<Lease> {
      const acquired = await acquire(token, nowMs);
      if (acquired.kind !== "acquired") throw new Error(`lease: ${acquired.kind}`);
      return acquired.lease;
    }
    return {
      shard,
      acquire,
      lease,
      close: () => readers.remove(shard, "delivery"),
      state: () => readers.get(shard, "delivery"),
    };
  }

  test("a new reader stands at the beginning, without lease, plan or wake-up", async () => {
    const { state, shard } = await setUp();
    const fresh = { shard, readerId: "delivery", checkpoint: START, wakeRule: RULE, epoch: 0 };
    expect(await state()).toEqual(fresh);
    expect(await readers.list(shard)).toEqual([fresh]);
    expect(await readers.get(shard, "nobody")).toBeUndefined();
  });

  test("all readers of a shard are listed, and no others", async () => {
    const { shard } = await setUp();
    await readers.open(shard, "backup", { checkpoint: START, wakeRule: RULE });
    const ids = (await readers.list(shard)).map(({ readerId }) => readerId);
    expect(ids.toSorted()).toEqual(["backup", "delivery"]);
  });

  test("all readers of a data stream's shard are listed, however many come and go", async () => {
    const shard = `kinesis/readers/${Date.now().toString(16)}/0000000000` as ShardKey;
    const idsIn = async () =>
      (await readers.list(shard)).map(({ readerId }) => readerId).toSorted();
    const ids = Array.from({ length: 40 }, (_, i) => `consumer/${String(i).padStart(2, "0")}`);
    const open = (id: string) => readers.open(shard, id, { checkpoint: START, wakeRule: RULE });
    expect(await idsIn()).toEqual([]);
    await Promise.all(ids.map(open));
    expect(await idsIn()).toEqual(ids);
    const [first, ...others] = ids as [string, ...string[]];
    await Promise.all(others.map((id) => readers.remove(shard, id)));
    expect(await idsIn()).toEqual([first]);
    await Promise.all(ids.map(open));
    expect(await idsIn()).toEqual(ids);
    expect((await readers.get(shard, first))?.epoch).toBe(0);
  });

  describe("a lease", () => {
    test("excludes others until it ends, and each owner has a higher epoch", async () => {
      const { acquire } = await setUp();
      const first = await acquire("a", 0);
      expect(await acquire("b", 99)).toEqual({ kind: "held" });
      const second = await acquire("b", 100);
      expect([first, second]).toMatchObject([{ lease: { epoch: 1 } }, { lease: { epoch: 2 } }]);
    });

    test("that seems to last longer than any does was given before the clock was set back", async () => {
      const { acquire } = await setUp();
      const anHourLaterMs = 2 * 3_600_000;
      await acquire("a", anHourLaterMs);
      expect(await acquire("b", anHourLaterMs - 60_000)).toMatchObject({ kind: "held" });
      const afterwards = await acquire("b", anHourLaterMs - 3_600_000);
      expect(afterwards).toMatchObject({ kind: "acquired", lease: { epoch: 2 } });
    });

    test("goes to exactly one of those who race for it", async () => {
      const { acquire } = await setUp();
      const results = await Promise.all(Array.from({ length: 10 }, (_, i) => acquire(`t${i}`, 0)));
      expect(results.filter(({ kind }) => kind === "acquired")).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === "held")).toHaveLength(9);
    });

    test("asked for again with the same token is the same lease", async () => {
      const { acquire } = await setUp();
      expect(await acquire("a", 0)).toEqual(await acquire("a", 1));
    });

    test("can be renewed, and released for the next at once", async () => {
      const { acquire, lease } = await setUp();
      const mine = await lease();
      expect(await readers.renew(mine, 500)).toBe("done");
      expect(await acquire("b", 200)).toEqual({ kind: "held" });
      await readers.release(mine);
      expect(await acquire("b", 200)).toMatchObject({ kind: "acquired" });
    });

    test("of a reader that is gone cannot be had", async () => {
      const { acquire, close } = await setUp();
      await close();
      expect(await acquire("a", 0)).toEqual({ kind: "gone" });
    });
  });

  test("a plan is kept until the checkpoint advances", async () => {
    const { lease, state, acquire } = await setUp();
    const mine = await lease();
    expect(await readers.savePlan(mine, { note: "first" }, 1)).toBe("done");
    expect(await readers.savePlan(mine, { note: "second" }, 2)).toBe("done");
    expect(await acquire("b", 1000)).toMatchObject({ state: { plan: { note: "second" } } });
    const current = { ...mine, epoch: 2 };
    expect(await readers.advance(current, START, NEXT)).toBe("done");
    const after = await state();
    expect(after?.checkpoint).toEqual(NEXT);
    expect(after).not.toHaveProperty("plan");
  });

  test("a plan that arrives behind a later one, or behind the advance, is not stored", async () => {
    const { lease, state } = await setUp();
    const mine = await lease();
    expect(await readers.savePlan(mine, { note: "first" }, 1)).toBe("done");
    expect(await readers.savePlan(mine, { note: "second" }, 2)).toBe("done");
    expect(await readers.savePlan(mine, { note: "second" }, 2)).toBe("done");
    expect(await readers.savePlan(mine, { note: "first" }, 1)).toBe("fenced");
    expect((await state())?.plan).toEqual({ note: "second" });
    expect(await readers.advance(mine, START, NEXT)).toBe("done");
    expect(await readers.savePlan(mine, { note: "first" }, 1)).toBe("fenced");
    expect(await readers.savePlan(mine, { note: "second" }, 2)).toBe("done");
    expect(await state()).not.toHaveProperty("plan");
    expect(await readers.savePlan(mine, { note: "third" }, 3)).toBe("done");
    expect((await state())?.plan).toEqual({ note: "third" });
  });

  test("an owner whose lease went to another changes nothing any more", async () => {
    const { acquire, lease, state } = await setUp();
    const old = await lease("a", 0);
    await acquire("b", 1000);
    const before = await state();
    expect(await readers.renew(old, 9999)).toBe("fenced");
    expect(await readers.savePlan(old, { note: "late" }, 1)).toBe("fenced");
    expect(await readers.advance(old, START, NEXT)).toBe("fenced");
    await readers.release(old);
    expect(await state()).toEqual(before);
  });

  test("advancing twice is advancing once; from elsewhere it is refused", async () => {
    const { lease, state } = await setUp();
    const mine = await lease();
    expect(await readers.advance(mine, START, NEXT)).toBe("done");
    expect(await readers.advance(mine, START, NEXT)).toBe("done");
    expect(await readers.advance(mine, START, { blockIndex: 2, byteOffset: 200 })).toBe("fenced");
    expect((await state())?.checkpoint).toEqual(NEXT);
  });

  test("a reader that was removed fences its last owner", async () => {
    const { lease, close } = await setUp();
    const mine = await lease();
    await close();
    expect(await readers.savePlan(mine, { note: "late" }, 1)).toBe("fenced");
    expect(await readers.advance(mine, START, NEXT)).toBe("fenced");
    await readers.release(mine);
  });

  test("a wake-up is noted for the checkpoint it was sent for, and for no other", async () => {
    const { shard, state } = await setUp();
    await readers.markWoken(shard, "delivery", { blockIndex: 3, level: "work", rule: RULE });
    expect(await state()).not.toHaveProperty("woken");
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer", rule: RULE });
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "work", rule: RULE });
    expect((await state())?.woken).toEqual({ blockIndex: 0, level: "work" });
    const rule = { ...RULE, recordCount: 1 };
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer", rule });
    expect((await state())?.woken?.level).toBe("work");
    await readers.markWoken(shard, "nobody", { blockIndex: 0, level: "work", rule: RULE });
    expect(await readers.get(shard, "nobody")).toBeUndefined();
  });

  test("a reader that was woken is noted for the sweep, until it forgets that or is changed", async () => {
    const { shard } = await setUp();
    const isNoted = async () => (await readers.get(shard, "delivery"))?.isNoted ?? false;
    const wake = () =>
      readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer", rule: RULE });
    expect(await isNoted()).toBe(false);
    await wake();
    expect(await isNoted()).toBe(true);
    await readers.forgetNoted(shard, "delivery");
    expect(await isNoted()).toBe(false);
    await wake();
    await readers.configure(shard, "delivery", { sizeBytes: 1, intervalMs: 1 });
    expect(await isNoted()).toBe(false);
    await readers.forgetNoted(shard, "nobody");
    expect(await readers.get(shard, "nobody")).toBeUndefined();
  });

  test("a reader is opened once, removed as often as one likes, and woken by the rule it has last", async () => {
    const { shard, state, close, lease } = await setUp();
    const elsewhere = { checkpoint: NEXT, wakeRule: { sizeBytes: 1, intervalMs: 0 } };
    await readers.open(shard, "delivery", elsewhere);
    expect(await state()).toMatchObject({ checkpoint: START, wakeRule: RULE });
    const rule = { sizeBytes: 7, intervalMs: 0, recordCount: 100 };
    await readers.configure(shard, "delivery", rule);
    expect((await state())?.wakeRule).toEqual(rule);
    expect((await state())?.isReconfigured).toBe(true);
    await readers.release(await lease(), { atMs: 7000, messageId: "m" });
    expect(await state()).not.toHaveProperty("isReconfigured");
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer", rule: RULE });
    expect(await state()).not.toHaveProperty("woken");
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer", rule });
    expect(await state()).toMatchObject({ woken: { level: "timer" }, wakesAtMs: 7000 });
    await readers.configure(shard, "delivery", RULE);
    expect(await state()).toMatchObject({ wakeRule: RULE, isReconfigured: true });
    expect(await state()).not.toHaveProperty("woken");
    expect(await state()).not.toHaveProperty("wakesAtMs");
    expect(await state()).not.toHaveProperty("wakesBy");
    await close();
    await close();
    await readers.configure(shard, "delivery", RULE);
    expect(await state()).toBeUndefined();
    await readers.open(shard, "delivery", elsewhere);
    expect(await state()).toMatchObject(elsewhere);
  });

  describe("a reader that goes ahead of its checkpoint", () => {
    const ahead = (from: number, to: number, note: string) => ({
      checkpoint: { blockIndex: from, byteOffset: from * 100 },
      frontier: { blockIndex: to, byteOffset: to * 100, recordOffset: to * 3 },
      plan: { note },
    });

    test("moves checkpoint, frontier and plan in one step, never back, and not behind a later one", async () => {
      const { lease, state } = await setUp();
      const mine = await lease();
      expect(await readers.moveOn(mine, ahead(0, 5, "a"), 1)).toBe("done");
      expect(await readers.moveOn(mine, ahead(0, 5, "a"), 1)).toBe("done");
      expect(await state()).toMatchObject(ahead(0, 5, "a"));
      expect(await readers.moveOn(mine, ahead(4, 9, "c"), 3)).toBe("done");
      expect(await readers.moveOn(mine, ahead(3, 8, "b"), 2)).toBe("fenced");
      expect(await readers.moveOn(mine, ahead(3, 9, "d"), 4)).toBe("fenced");
      expect(await state()).toMatchObject(ahead(4, 9, "c"));
    });

    test("is not ahead of its checkpoint any more once that has advanced", async () => {
      const { lease, state } = await setUp();
      const mine = await lease();
      expect(await readers.moveOn(mine, ahead(2, 5, "a"), 1)).toBe("done");
      const { checkpoint } = (await state())!;
      const to = { blockIndex: 7, byteOffset: 70 };
      expect(await readers.advance(mine, checkpoint, to)).toBe("done");
      const after = await state();
      expect(after?.checkpoint).toEqual(to);
      expect(after).not.toHaveProperty("frontier");
      expect(after).not.toHaveProperty("plan");
    });

    test("is fenced like any other", async () => {
      const { lease, acquire, state, close } = await setUp();
      const old = await lease();
      await acquire("b", 1000);
      expect(await readers.moveOn(old, ahead(1, 2, "late"), 1)).toBe("fenced");
      expect(await readers.end(old)).toBe("fenced");
      expect(await state()).not.toHaveProperty("frontier");
      await close();
      expect(await readers.moveOn({ ...old, epoch: 2 }, ahead(1, 2, "late"), 1)).toBe("fenced");
      expect(await readers.end({ ...old, epoch: 2 })).toBe("fenced");
    });

    test("is woken for how far it has looked", async () => {
      const { shard, lease, state } = await setUp();
      expect(await readers.moveOn(await lease(), ahead(2, 5, "a"), 1)).toBe("done");
      await readers.markWoken(shard, "delivery", { blockIndex: 2, level: "work", rule: RULE });
      expect(await state()).not.toHaveProperty("woken");
      await readers.markWoken(shard, "delivery", { blockIndex: 5, level: "work", rule: RULE });
      expect((await state())?.woken).toEqual({ blockIndex: 5, level: "work" });
    });
  });

  test("a reader at its closed shard's end stays, without a plan", async () => {
    const { lease, state } = await setUp();
    const mine = await lease();
    await readers.savePlan(mine, { note: "last" }, 1);
    expect(await readers.end(mine)).toBe("done");
    expect(await readers.end(mine)).toBe("done");
    expect(await state()).toMatchObject({ ended: true });
    expect(await state()).not.toHaveProperty("plan");
  });

  test("a lease that is kept for a while says which message goes on then", async () => {
    const { lease, state, acquire } = await setUp();
    const mine = await lease();
    expect(await readers.renew(mine, 500, { atMs: 500, messageId: "m" })).toBe("done");
    expect(await state()).toMatchObject({ leasedUntilMs: 500, wakesAtMs: 500, wakesBy: "m" });
    expect(await readers.renew(mine, 600)).toBe("done");
    expect(await state()).toMatchObject({ leasedUntilMs: 600, wakesBy: "m" });
    expect(await acquire("b", 700)).toMatchObject({ kind: "acquired" });
  });

  test("a released reader says when a message brings it back, until it is released for good", async () => {
    const { lease, state, acquire } = await setUp();
    await readers.release(await lease(), { atMs: 7000, messageId: "m" });
    expect(await state()).toMatchObject({ wakesAtMs: 7000, wakesBy: "m" });
    const again = await acquire("b", 200);
    expect(again).toMatchObject({ kind: "acquired", state: { wakesAtMs: 7000 } });
    if (again.kind === "acquired") await readers.release(again.lease);
    expect(await state()).not.toHaveProperty("wakesAtMs");
    expect(await state()).not.toHaveProperty("wakesBy");
  });
}
