/** What every `ReaderStore` promises, run against DynamoDB and its twin alike. */
import { describe, expect, test } from "vitest";
import type { ShardKey } from "../../src/log/store.ts";
import type { Lease, ReaderStore, WakeRule } from "../../src/readers/store.ts";

export interface ReaderStoreUnderTest {
  readonly readers: ReaderStore<{ readonly note: string }>;
  open(shard: ShardKey, readerId: string, wakeRule: WakeRule): Promise<void>;
  close(shard: ShardKey, readerId: string): Promise<void>;
}

const RULE: WakeRule = { sizeBytes: 1000, intervalMs: 5000 };
const START = { blockIndex: 0, byteOffset: 0 };
const NEXT = { blockIndex: 4, byteOffset: 400 };

export function testReaderStore(make: () => Promise<ReaderStoreUnderTest>): void {
  const made = make();
  let shardCount = 0;

  async function setUp() {
    const { readers, open, close } = await made;
    shardCount += 1;
    const shard = `firehose/readers-${shardCount}/${Date.now().toString(16)}/0000` as ShardKey;
    await open(shard, "delivery", RULE);
    const acquire = (token: string, nowMs: number, untilMs = nowMs + 100) =>
      readers.acquire(shard, "delivery", { token, nowMs, untilMs });
    async function lease(token = "a", nowMs = 0): Promise<Lease> {
      const acquired = await acquire(token, nowMs);
      if (acquired.kind !== "acquired") throw new Error(`lease: ${acquired.kind}`);
      return acquired.lease;
    }
    return {
      readers,
      shard,
      acquire,
      lease,
      close: () => close(shard, "delivery"),
      state: () => readers.get(shard, "delivery"),
    };
  }

  test("a new reader stands at the beginning, without lease, plan or wake-up", async () => {
    const { state, readers, shard } = await setUp();
    const fresh = { shard, readerId: "delivery", checkpoint: START, wakeRule: RULE, epoch: 0 };
    expect(await state()).toEqual(fresh);
    expect(await readers.list(shard)).toEqual([fresh]);
    expect(await readers.get(shard, "nobody")).toBeUndefined();
  });

  test("all readers of a shard are listed, and no others", async () => {
    const { open } = await made;
    const { readers, shard } = await setUp();
    await open(shard, "backup", RULE);
    const ids = (await readers.list(shard)).map(({ readerId }) => readerId);
    expect(ids.toSorted()).toEqual(["backup", "delivery"]);
  });

  describe("a lease", () => {
    test("excludes others until it ends, and each owner has a higher epoch", async () => {
      const { acquire } = await setUp();
      const first = await acquire("a", 0);
      expect(await acquire("b", 99)).toEqual({ kind: "held", untilMs: 100 });
      const second = await acquire("b", 100);
      expect([first, second]).toMatchObject([{ lease: { epoch: 1 } }, { lease: { epoch: 2 } }]);
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
      const { readers, acquire, lease } = await setUp();
      const mine = await lease();
      expect(await readers.renew(mine, 500)).toBe("done");
      expect(await acquire("b", 200)).toEqual({ kind: "held", untilMs: 500 });
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
    const { readers, lease, state, acquire } = await setUp();
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
    const { readers, lease, state } = await setUp();
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
    const { readers, acquire, lease, state } = await setUp();
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
    const { readers, lease, state } = await setUp();
    const mine = await lease();
    expect(await readers.advance(mine, START, NEXT)).toBe("done");
    expect(await readers.advance(mine, START, NEXT)).toBe("done");
    expect(await readers.advance(mine, START, { blockIndex: 2, byteOffset: 200 })).toBe("fenced");
    expect((await state())?.checkpoint).toEqual(NEXT);
  });

  test("a reader that was removed fences its last owner", async () => {
    const { readers, lease, close } = await setUp();
    const mine = await lease();
    await close();
    expect(await readers.savePlan(mine, { note: "late" }, 1)).toBe("fenced");
    expect(await readers.advance(mine, START, NEXT)).toBe("fenced");
    await readers.release(mine);
  });

  test("a wake-up is noted for the checkpoint it was sent for, and for no other", async () => {
    const { readers, shard, state } = await setUp();
    await readers.markWoken(shard, "delivery", { blockIndex: 3, level: "work" });
    expect(await state()).not.toHaveProperty("woken");
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "timer" });
    await readers.markWoken(shard, "delivery", { blockIndex: 0, level: "work" });
    expect((await state())?.woken).toEqual({ blockIndex: 0, level: "work" });
    await readers.markWoken(shard, "nobody", { blockIndex: 0, level: "work" });
    expect(await readers.get(shard, "nobody")).toBeUndefined();
  });
}
