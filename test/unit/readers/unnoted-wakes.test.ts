/** Wake-ups that were sent while the store was too busy to note them. */
import { describe, expect, test } from "vitest";
import { UNNOTED_WAKE_MS } from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START, type WakeUp } from "../../../src/readers/store.ts";
import { rememberWakes } from "../../../src/readers/unnoted-wakes.ts";
import { answerDoorbell } from "../../../src/readers/wake.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;
const WAKE_RULE = { sizeBytes: 1, intervalMs: 0 };
const LARGE = { recordCount: 1, byteCount: 1000 };
const SMALL = { recordCount: 1, byteCount: 1 };

async function setUp(wakeRule = WAKE_RULE) {
  const log = memoryLog();
  const stored = memoryReaders<never>();
  const clock = steppingClock(1_000_000_000);
  log.open(SHARD);
  await stored.open(SHARD, "one", { checkpoint: SHARD_START, wakeRule });
  const sent: WakeUp[] = [];
  const store = { isBusy: true, fails: false };
  const busy: typeof stored = {
    ...stored,
    async markWoken(...woken) {
      if (store.fails) throw new Error("no right to write");
      return store.isBusy ? "throttled" : stored.markWoken(...woken);
    },
  };
  const ports = {
    log,
    readers: rememberWakes(busy, clock),
    clock,
    queue: { send: async (wakeUp: WakeUp) => void sent.push(wakeUp) },
    sweep: { callFor: () => Promise.resolve() },
  };
  await log.reserve(SHARD, LARGE);
  const ring = () => answerDoorbell(ports, SHARD, clock.now());
  return { log, stored, clock, sent, store, ring };
}

async function moveTo(stored: Awaited<ReturnType<typeof setUp>>["stored"], blockIndex: number) {
  const acquired = await stored.acquire(SHARD, "one", { token: "t", nowMs: 0, untilMs: 1 });
  if (acquired.kind !== "acquired") throw new Error(acquired.kind);
  const { lease, state } = acquired;
  await stored.advance(lease, state.checkpoint, { blockIndex, byteOffset: 0 });
  await stored.release(lease);
}

describe("a wake-up that was sent and could not be noted", () => {
  test("serves its ring, and is not sent by each that follows", async () => {
    const { sent, ring } = await setUp();
    await ring();
    await ring();
    await ring();
    expect(sent).toHaveLength(1);
  });

  test("fails its ring when the store is not busy but refuses, and is sent once all the same", async () => {
    const { sent, store, ring } = await setUp();
    store.fails = true;
    await expect(ring()).rejects.toThrow("no right to write");
    await ring();
    expect(sent).toHaveLength(1);
  });

  test("is relied on for a while, and then sent and noted again", async () => {
    const { stored, clock, sent, store, ring } = await setUp();
    await ring();
    store.isBusy = false;
    await clock.sleep(UNNOTED_WAKE_MS - 1);
    await ring();
    expect(sent).toHaveLength(1);
    await clock.sleep(1);
    await ring();
    await ring();
    expect(sent).toHaveLength(2);
    expect(await stored.get(SHARD, "one")).toMatchObject({
      woken: { blockIndex: 0, level: "work" },
    });
  });

  test("stands for the place where the reader was, and for no other", async () => {
    const { log, stored, sent, ring } = await setUp();
    await ring();
    await log.reserve(SHARD, SMALL);
    await moveTo(stored, 1);
    await ring();
    expect(sent.map(({ blockIndex }) => blockIndex)).toEqual([0, 1]);
  });

  test("is sent anew once the reader goes by another rule", async () => {
    const { stored, sent, ring } = await setUp();
    await ring();
    await stored.configure(SHARD, "one", WAKE_RULE);
    await ring();
    expect(sent).toHaveLength(2);
  });

  test("keeps no work back when it was a timer", async () => {
    const { log, sent, ring } = await setUp({ sizeBytes: 1500, intervalMs: 5000 });
    await ring();
    await log.reserve(SHARD, LARGE);
    await ring();
    await ring();
    expect(sent).toHaveLength(2);
  });

  test("hides nothing that is noted", async () => {
    const { log, stored, sent, ring } = await setUp({ sizeBytes: 1500, intervalMs: 5000 });
    await ring();
    await log.reserve(SHARD, LARGE);
    const { wakeRule: rule } = (await stored.get(SHARD, "one"))!;
    await stored.markWoken(SHARD, "one", { blockIndex: 0, level: "work", rule });
    await ring();
    expect(sent).toHaveLength(1);
  });
});
