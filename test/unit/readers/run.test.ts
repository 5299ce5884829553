import { expect, test } from "vitest";
import { LEASE_DURATION_MS, LEASE_PATIENCE_MS } from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { runLeased } from "../../../src/readers/run.ts";
import { SHARD_START } from "../../../src/readers/store.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { seededRandom } from "../../helpers/seeded-random.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/5c1f09ab27de4410/0000" as ShardKey;
const READER = "reader";

test("a run that fails and cannot say how long it backs off comes back when its lease is over", async () => {
  const clock = steppingClock(1_700_000_000_000);
  const readers = memoryReaders<string>();
  await readers.open(SHARD, READER, {
    checkpoint: SHARD_START,
    wakeRule: { sizeBytes: 1, intervalMs: 0 },
  });
  const busy = new Error("busy");
  const ports = {
    readers: { ...readers, renew: () => Promise.reject(busy) },
    clock,
    random: seededRandom(1),
  };
  const options = {
    wakeUp: { shard: SHARD, readerId: READER, blockIndex: 0 },
    messageId: "one",
    isRepeated: false,
    backOffMs: 1000,
  };
  const result = await runLeased(ports, options, () => Promise.reject(busy));
  const { leasedUntilMs } = (await readers.get(SHARD, READER))!;
  expect(result).toMatchObject({ kind: "retry", error: busy });
  expect(result.kind === "retry" && result.atMs).toBeGreaterThanOrEqual(leasedUntilMs!);
  expect(leasedUntilMs).toBeGreaterThan(clock.now() + LEASE_DURATION_MS / 2);
});

test("a wake-up whose run backs off goes on, also where the clock is behind and the lease seems to be held", async () => {
  const clock = steppingClock(1_700_000_600_000);
  const readers = memoryReaders<string>();
  const wakeRule = { sizeBytes: 1, intervalMs: 0 };
  await readers.open(SHARD, READER, { checkpoint: SHARD_START, wakeRule });
  const wakeUp = { shard: SHARD, readerId: READER, blockIndex: 0 };
  const options = { wakeUp, messageId: "one", isRepeated: false, backOffMs: 1000 };
  const ports = { readers, clock, random: seededRandom(1) };
  const busy = new Error("busy");
  await runLeased(ports, options, async ({ lease }) => {
    await readers.advance(lease, SHARD_START, { blockIndex: 1, byteOffset: 9 });
    throw busy;
  });
  const behind = { ...ports, clock: steppingClock(1_700_000_000_000) };
  const again = { ...options, isRepeated: true };
  const result = await runLeased(behind, again, () => Promise.reject(new Error("not yet")));
  expect(result).toEqual({ kind: "retry", atMs: behind.clock.now() + 1000 });
});

test("a wake-up that waits for another's lease writes nothing", async () => {
  const clock = steppingClock(1_700_000_000_000);
  const readers = memoryReaders<string>();
  await readers.open(SHARD, READER, {
    checkpoint: SHARD_START,
    wakeRule: { sizeBytes: 1, intervalMs: 0 },
  });
  const untilMs = clock.now() + LEASE_DURATION_MS;
  await readers.acquire(SHARD, READER, { token: "holder", nowMs: clock.now(), untilMs });
  let claimCount = 0;
  const acquire: typeof readers.acquire = (...claim) => {
    claimCount++;
    return readers.acquire(...claim);
  };
  const ports = { readers: { ...readers, acquire }, clock, random: seededRandom(1) };
  const wakeUp = { shard: SHARD, readerId: READER, blockIndex: 0 };
  const options = { wakeUp, messageId: "two", isRepeated: false, backOffMs: 1000 };
  const startedAtMs = clock.now();
  const result = await runLeased(ports, options, () => Promise.reject(new Error("not its turn")));
  expect(result).toEqual({ kind: "retry", atMs: clock.now() + 1000 });
  expect(clock.now() - startedAtMs).toBeGreaterThanOrEqual(LEASE_PATIENCE_MS);
  expect(claimCount).toBe(0);
});
