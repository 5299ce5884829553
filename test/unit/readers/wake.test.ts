import { describe, expect, test } from "vitest";
import {
  CROWD_FROM_READERS,
  CROWD_WAKES_PER_SECOND,
  READERS_AT_ONCE,
} from "../../../src/limits.ts";
import type { ShardKey } from "../../../src/log/store.ts";
import { SHARD_START, type WakeRule, type WakeUp } from "../../../src/readers/store.ts";
import { answerDoorbell, decideWake } from "../../../src/readers/wake.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";

const NOW = 1_000_000;
const NO_SWEEP = { callFor: () => Promise.resolve() };
const head = { blockIndex: 3, recordCount: 30, byteOffset: 300, sealed: false };
const reader = {
  checkpoint: { blockIndex: 1, byteOffset: 100 },
  wakeRule: { sizeBytes: 1000, intervalMs: 5000 },
};
const decide = (
  over: Partial<typeof reader> & { woken?: { blockIndex: number; level: "timer" | "work" } },
  openedAtMs = NOW,
) => decideWake(head, { ...reader, ...over }, openedAtMs, NOW);

describe("decideWake", () => {
  test("arms the interval for what is left of it, in whole seconds", () => {
    expect(decide({})).toEqual({ level: "timer", delaySeconds: 5 });
    expect(decide({}, NOW - 1200)).toEqual({ level: "timer", delaySeconds: 4 });
    expect(decide({}, NOW - 60_000)).toEqual({ level: "timer", delaySeconds: 0 });
    const long = { sizeBytes: 1000, intervalMs: 900_000 };
    expect(decide({ wakeRule: long }, NOW + 5000)).toEqual({ level: "timer", delaySeconds: 900 });
  });

  test("waits for no buffer that a clock opened which was set back since", () => {
    const anHourMs = 3_600_000;
    expect(decide({}, NOW + anHourMs)).toEqual({ level: "timer", delaySeconds: 0 });
    const asleep = { ...reader, wakesAtMs: NOW + anHourMs };
    expect(decideWake(head, asleep, NOW, NOW)).toEqual({ level: "timer", delaySeconds: 5 });
    const resting = { ...reader, wakesAtMs: NOW + 30_000 };
    expect(decideWake(head, resting, NOW, NOW)).toBeUndefined();
  });

  test("asks for work at once when the size is reached, or without buffering", () => {
    const work = { level: "work", delaySeconds: 0 };
    expect(decide({ wakeRule: { sizeBytes: 200, intervalMs: 5000 } })).toEqual(work);
    expect(decide({ wakeRule: { sizeBytes: 201, intervalMs: 5000 } })).toMatchObject({
      level: "timer",
    });
    expect(decide({ wakeRule: { sizeBytes: 1000, intervalMs: 0 } })).toEqual(work);
  });

  test("sends nothing twice for one checkpoint, except work after a timer", () => {
    const full = { sizeBytes: 200, intervalMs: 5000 };
    expect(decide({ woken: { blockIndex: 1, level: "timer" } })).toBeUndefined();
    expect(decide({ wakeRule: full, woken: { blockIndex: 1, level: "timer" } })).toMatchObject({
      level: "work",
    });
    expect(decide({ wakeRule: full, woken: { blockIndex: 1, level: "work" } })).toBeUndefined();
    expect(decide({ woken: { blockIndex: 0, level: "work" } })).toMatchObject({ level: "timer" });
  });

  test("has nothing to say to a reader that has seen everything", () => {
    expect(decide({ checkpoint: { blockIndex: 3, byteOffset: 300 } })).toBeUndefined();
  });

  test("wakes one that has seen everything after its rule was changed, and leaves the next wake-up free", () => {
    const atTip = { ...reader, checkpoint: { blockIndex: 3, byteOffset: 300 } };
    const changed = { ...atTip, isReconfigured: true } as const;
    expect(decideWake(head, changed, NOW, NOW)).toEqual({ delaySeconds: 0 });
  });
});

describe("a reader that goes ahead of its checkpoint", () => {
  const frontier = { blockIndex: 3, byteOffset: 300, recordOffset: 30 };
  const ahead = { ...reader, wakeRule: { sizeBytes: 1000, intervalMs: 5000, recordCount: 8 } };
  const later = { ...head, blockIndex: 4, recordCount: 37, byteOffset: 310 };
  const work = { level: "work", delaySeconds: 0 };

  test("is woken by what it has not looked at, not by what waits behind its checkpoint", () => {
    expect(decideWake(head, { ...ahead, frontier }, NOW, NOW)).toBeUndefined();
    expect(decideWake(later, { ...ahead, frontier }, NOW, NOW)).toMatchObject({ level: "timer" });
    const woken = { blockIndex: 1, level: "work" } as const;
    const eager = { ...ahead, frontier, woken, wakeRule: { sizeBytes: 1, intervalMs: 0 } };
    expect(decideWake(later, eager, NOW, NOW)).toEqual(work);
  });

  test("is woken when as many records as it takes at once are there", () => {
    const full = { ...later, recordCount: 38 };
    expect(decideWake(full, { ...ahead, frontier }, NOW, NOW)).toEqual(work);
  });
});

describe("a reader at the tip of a sealed shard", () => {
  const sealed = { ...head, sealed: true };
  const atTip = { ...reader, checkpoint: { blockIndex: 3, byteOffset: 300 } };

  test("is woken to go on to the children, once", () => {
    expect(decideWake(sealed, atTip, NOW, NOW)).toEqual({ level: "work", delaySeconds: 0 });
    const woken = { blockIndex: 3, level: "work" } as const;
    expect(decideWake(sealed, { ...atTip, woken }, NOW, NOW)).toBeUndefined();
    expect(decideWake(sealed, { ...atTip, ended: true }, NOW, NOW)).toBeUndefined();
  });
});

describe("a reader with a buffer open in a sealed shard", () => {
  const sealed = { ...head, sealed: true };

  test("is woken at once, for there is no more to wait for and children wait for it", () => {
    const work = { level: "work", delaySeconds: 0 };
    expect(decideWake(sealed, reader, NOW, NOW)).toEqual(work);
    const woken = { blockIndex: reader.checkpoint.blockIndex, level: "timer" } as const;
    expect(decideWake(sealed, { ...reader, woken }, NOW, NOW)).toEqual(work);
  });
});

describe("answerDoorbell", () => {
  const shard = "firehose/logs/0123456789abcdef/0000" as ShardKey;

  async function setUp() {
    const log = memoryLog();
    const readers = memoryReaders<never>();
    log.open(shard);
    const open = (readerId: string, wakeRule: WakeRule) =>
      readers.open(shard, readerId, { checkpoint: SHARD_START, wakeRule });
    await open("delivery", { sizeBytes: 1000, intervalMs: 5000 });
    await open("backup", { sizeBytes: 10, intervalMs: 900_000 });
    const sent: (WakeUp & { delaySeconds: number })[] = [];
    const queue = {
      async send(wakeUp: WakeUp, delaySeconds: number) {
        sent.push({ ...wakeUp, delaySeconds });
      },
    };
    const clock = steppingClock(NOW);
    const noted: string[] = [];
    const sweep = { callFor: async (subject: string) => void noted.push(subject) };
    const ports = { log, readers, queue, sweep, clock };
    return { log, readers, sent, noted, ring: () => answerDoorbell(ports, shard, NOW) };
  }

  test("wakes each reader of the shard by its own rule, once", async () => {
    const { log, sent, ring } = await setUp();
    await ring();
    expect(sent).toEqual([]);
    await log.reserve(shard, { recordCount: 1, byteCount: 50 });
    await ring();
    await ring();
    expect(sent).toEqual([
      { shard, readerId: "delivery", blockIndex: 0, delaySeconds: 5 },
      { shard, readerId: "backup", blockIndex: 0, delaySeconds: 0 },
    ]);
  });

  test("holds back what wakes the readers of a crowd, and no others, so that they share the shard's reads", async () => {
    const { log, readers, sent, ring } = await setUp();
    const crowd = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const rule = { sizeBytes: 1, intervalMs: 0 };
        await readers.open(shard, `${i}`, { checkpoint: SHARD_START, wakeRule: rule });
      }
      await log.reserve(shard, { recordCount: 1, byteCount: 50 });
      sent.length = 0;
      await ring();
      return new Set(
        sent
          .filter(({ readerId }) => readerId !== "delivery")
          .map(({ delaySeconds }) => delaySeconds),
      );
    };
    expect(await crowd(CROWD_FROM_READERS - 3)).toEqual(new Set([0]));
    expect(await crowd(CROWD_FROM_READERS)).toEqual(new Set([1]));
    expect(await crowd(CROWD_WAKES_PER_SECOND)).toEqual(new Set([2]));
  });

  test("is silent for a shard that is gone", async () => {
    const log = memoryLog();
    const ports = {
      log,
      readers: memoryReaders<never>(),
      clock: steppingClock(NOW),
      sweep: NO_SWEEP,
    };
    const queue = { send: () => Promise.reject(new Error("nothing to send")) };
    await expect(answerDoorbell({ ...ports, queue }, shard, NOW)).resolves.toBeUndefined();
  });

  test("notes the shard for the sweep before anything is sent, once for as long as readers remember it", async () => {
    const { log, readers, sent, noted, ring } = await setUp();
    await ring();
    expect(noted).toEqual([]);
    await log.reserve(shard, { recordCount: 1, byteCount: 50 });
    await ring();
    expect(noted).toEqual([shard]);
    expect(sent).toHaveLength(2);
    await log.reserve(shard, { recordCount: 1, byteCount: 1000 });
    await ring();
    expect(sent).toHaveLength(3);
    expect(noted).toEqual([shard]);
    await readers.forgetNoted(shard, "delivery");
    await readers.configure(shard, "backup", { sizeBytes: 10, intervalMs: 0 });
    await ring();
    expect(noted).toEqual([shard, shard]);
  });

  test("serves readers side by side, and all of them whatever becomes of one", async () => {
    const log = memoryLog();
    const readers = memoryReaders<never>();
    log.open(shard);
    const wakeRule = { sizeBytes: 1000, intervalMs: 0 };
    for (let i = 0; i < 1000; i++) {
      await readers.open(shard, `reader ${i}`, { checkpoint: SHARD_START, wakeRule });
    }
    await log.reserve(shard, { recordCount: 1, byteCount: 50 });
    const clock = steppingClock(NOW);
    const sent: string[] = [];
    const queue = {
      async send({ readerId }: WakeUp) {
        await clock.sleep(10);
        if (readerId === "reader 0") throw new Error("not sent");
        sent.push(readerId);
      },
    };
    const ring = answerDoorbell({ log, readers, queue, clock, sweep: NO_SWEEP }, shard, NOW);
    await expect(ring).rejects.toThrow("not sent");
    expect(sent).toHaveLength(999);
    expect(clock.now() - NOW).toBe(10 * (1000 / READERS_AT_ONCE));
  });
});
