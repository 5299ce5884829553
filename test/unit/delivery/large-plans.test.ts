/** Large plans lie in the spool, and leave nothing behind there. */
import { expect, test } from "vitest";
import { largePlans, type StoredPlan } from "../../../src/delivery/large-plans.ts";
import type { DeliveryPlan } from "../../../src/delivery/plan.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START } from "../../../src/readers/store.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { memorySpool } from "../../../src/storage/memory/spool.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";

const SHARD = "firehose/logs/5c1f09ab27de4410/0000" as ShardKey;
const TO = { blockIndex: 7, byteOffset: 70 };

function planOf(stagedCount: number): DeliveryPlan {
  const span = { from: SHARD_START, to: TO, recordCount: 9, oldestArrivedAtMs: 5 };
  const staged = Array.from({ length: stagedCount }, (_, i) => ({
    bucket: "b",
    key: `a/${i}`,
    uploadId: "u".repeat(100),
    parts: [{ partNumber: 1, etag: "e" }],
  }));
  return { span, versionId: 1, stands: "nothing", ...(stagedCount > 0 && { staged }) };
}

async function world() {
  const spool = memorySpool(seededRandom(1));
  const raw = memoryReaders<StoredPlan>();
  const readers = largePlans(raw, spool);
  await readers.open(SHARD, "delivery", {
    checkpoint: SHARD_START,
    wakeRule: { sizeBytes: 1, intervalMs: 1 },
  });
  let nowMs = 0;
  return {
    spool,
    raw,
    readers,
    /** As another process, which has seen nothing yet. */
    async acquire(into = largePlans(raw, spool)) {
      nowMs += 100_000;
      const claim = { token: String(nowMs), nowMs, untilMs: nowMs + 1000 };
      const acquired = await into.acquire(SHARD, "delivery", claim);
      if (acquired.kind !== "acquired") throw new Error(acquired.kind);
      return { ...acquired, readers: into };
    },
  };
}

test("a small plan stands in the item", async () => {
  const { acquire, readers, spool } = await world();
  const { lease } = await acquire(readers);
  await readers.savePlan(lease, planOf(3), 1);
  expect(spool.keys()).toEqual([]);
  expect((await acquire()).state.plan).toEqual(planOf(3));
});

test("a large one is short there, and whole for whoever takes or looks at the reader", async () => {
  const { acquire, readers, raw, spool } = await world();
  const { lease } = await acquire(readers);
  await readers.savePlan(lease, planOf(500), 1);
  const stored = (await raw.get(SHARD, "delivery"))?.plan;
  expect(stored).toMatchObject({ versionId: 1, rest: spool.keys()[0] });
  expect(JSON.stringify(stored).length).toBeLessThan(1000);
  expect((await acquire()).state.plan).toEqual(planOf(500));
  expect((await readers.get(SHARD, "delivery"))?.plan).toEqual(planOf(500));
});

test("what no item names any more is removed, whoever put it there", async () => {
  const { acquire, readers, spool } = await world();
  const first = await acquire(readers);
  await readers.savePlan(first.lease, planOf(500), 1);
  await readers.savePlan(first.lease, planOf(501), 2);
  expect(spool.keys().length).toBe(1);
  const second = await acquire();
  expect(second.state.plan).toEqual(planOf(501));
  // The one before is too late, and takes nothing away.
  expect(await readers.savePlan(first.lease, planOf(502), 3)).toBe("fenced");
  expect((await acquire(second.readers)).state.plan).toEqual(planOf(501));
  const third = await acquire(second.readers);
  await second.readers.advance(third.lease, SHARD_START, TO);
  expect((await second.readers.get(SHARD, "delivery"))?.plan).toBeUndefined();
  // That of the fenced one: its answer might have been wrong.
  expect(spool.keys().length).toBe(1);
});

test("of one that is gone some may stand", async () => {
  const { acquire, readers, spool } = await world();
  const { lease } = await acquire(readers);
  await readers.savePlan(lease, planOf(500), 1);
  await spool.remove(spool.keys()[0]!);
  expect((await acquire()).state.plan).toEqual({ ...planOf(0), stands: "perhaps" });
});
