import fc from "fast-check";
import { expect, it } from "vitest";
import { ARRIVAL_DISORDER_MAX_MS, TIME_MARK_INTERVAL_MS } from "../../../src/limits.ts";
import { firstBlockSince, markedBefore, seekTime } from "../../../src/log/seek.ts";
import type { LogEntry, LogStore, ShardKey } from "../../../src/log/store.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;

/** How far apart two blocks arrived, how much the clock erred, and what stands there. */
const step = fc.record({
  gapMs: fc.oneof(fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 0, max: 20_000 })),
  errorMs: fc.integer({ min: -2000, max: 2000 }),
  kind: fc.constantFrom("data", "data", "data", "tombstone", "missing"),
  /** Whether who opens ten minutes here lives to leave their mark. */
  leavesMark: fc.boolean(),
});

/** Ten minutes go by within a few steps. */
const quick = fc.record({ gapMs: fc.integer({ min: 0, max: 400_000 }) });

it("never passes a block that is wanted, whatever is missing and whichever clock erred", async () => {
  await fc.assert(
    fc.asyncProperty(anySteps(), fc.nat(), async (steps, pick) => {
      const log = memoryLog();
      log.open(SHARD);
      const arrivals: (number | undefined)[] = [];
      let nowMs = 1_000_000;
      for (const [index, { gapMs, errorMs, kind, leavesMark }] of steps.entries()) {
        nowMs += gapMs;
        const arrivedAtMs = nowMs + errorMs;
        const reserved = await log.reserve(SHARD, { recordCount: 1, byteCount: 1, arrivedAtMs });
        if (reserved.kind === "reserved" && reserved.mark && leavesMark)
          await log.leaveMark(SHARD, reserved.mark);
        if (kind === "tombstone") await log.fill(SHARD, index, nowMs);
        if (kind === "data") await log.write(blockAt(index, arrivedAtMs));
        arrivals.push(kind === "data" ? arrivedAtMs : undefined);
      }
      const timeMs = 1_000_000 + (pick % (nowMs - 1_000_000 + 5000));
      const found = await seekTime(log, { shard: SHARD, from: 0, to: steps.length }, timeMs);
      const wanted = arrivals.findIndex((ms) => ms !== undefined && ms >= timeMs);
      if (wanted !== -1) expect(found).toBeLessThanOrEqual(wanted);
      // And not much too early: what lies between may only be out of order, or no block.
      for (const ms of arrivals.slice(found, wanted === -1 ? undefined : wanted)) {
        if (ms !== undefined)
          expect(ms).toBeGreaterThanOrEqual(timeMs - ARRIVAL_DISORDER_MAX_MS - 4000);
      }
    }),
    { numRuns: 300 },
  );
});

function anySteps() {
  const pairs = fc.tuple(step, fc.option(quick));
  return fc
    .array(pairs, { maxLength: 40 })
    .map((all) => all.map(([one, other]) => ({ ...one, ...other })));
}

it("goes by the marks over what was removed and over what nobody has written, and looks at little", async () => {
  const log = memoryLog();
  log.open(SHARD);
  const perInterval = 5000;
  const intervals = 20;
  for (let interval = 0; interval < intervals; interval++) {
    const atMs = interval * TIME_MARK_INTERVAL_MS;
    const blockIndex = interval * perInterval;
    await log.leaveMark(SHARD, { atMs, blockIndex, reservedBeforeMs: atMs });
  }
  // The store has removed nearly all of the older half, in its own order; of the younger half few stand yet.
  for (let index = 3; index < perInterval * intervals; index += 977)
    await log.write(blockAt(index, (index / perInterval) * TIME_MARK_INTERVAL_MS));
  let looked = 0;
  const watched: LogStore = {
    ...log,
    read(range) {
      looked += (range.to ?? Infinity) - range.from;
      return log.read(range);
    },
  };
  const range = { shard: SHARD, from: 0, to: perInterval * intervals };
  const found = await seekTime(watched, range, 12.5 * TIME_MARK_INTERVAL_MS);
  expect(found).toBeLessThanOrEqual(12.5 * perInterval);
  expect(found).toBeGreaterThanOrEqual(11 * perInterval);
  expect(looked).toBeLessThan(6 * perInterval);
});

it("finds what stands first without going through what was removed", async () => {
  const log = memoryLog();
  log.open(SHARD);
  for (let interval = 0; interval < 100; interval++) {
    const atMs = interval * TIME_MARK_INTERVAL_MS;
    await log.leaveMark(SHARD, { atMs, blockIndex: interval * 5000, reservedBeforeMs: atMs });
  }
  const first = blockAt(450_123, 90 * TIME_MARK_INTERVAL_MS);
  await log.write(first);
  let looked = 0;
  const watched: LogStore = {
    ...log,
    read(range) {
      looked += (range.to ?? Infinity) - range.from;
      return log.read(range);
    },
  };
  const range = { shard: SHARD, from: 7, to: 500_000 };
  const sinceMs = 90 * TIME_MARK_INTERVAL_MS;
  expect(await firstBlockSince(watched, range, sinceMs)).toMatchObject({ index: first.index });
  expect(looked).toBeLessThan(60_000);
  // A reader that stands behind all marks begins where it stands.
  const tip = { ...range, from: 460_000 };
  expect(await firstBlockSince(watched, tip, 0)).toBeUndefined();
  expect(await firstBlockSince(watched, { ...range, from: range.to }, 0)).toBeUndefined();
});

it("begins at the start of a shard without marks", async () => {
  const log = memoryLog();
  log.open(SHARD);
  await log.leaveMark(SHARD, { atMs: 1_200_000, blockIndex: 40, reservedBeforeMs: 600_000 });
  expect(await markedBefore(log, SHARD, 1_200_000)).toBe(0);
  expect(await markedBefore(log, SHARD, 1_800_000)).toBe(40);
});

function blockAt(index: number, arrivedAtMs: number): Extract<LogEntry, { kind: "data" }> {
  return {
    kind: "data",
    shard: SHARD,
    index,
    firstRecord: index,
    recordCount: 1,
    byteOffset: index,
    byteCount: 1,
    arrivedAtMs,
    expiresAtMs: arrivedAtMs + 86_400_000,
    token: `t${index}`,
    body: { kind: "inline", bytes: new Uint8Array([0]) },
  };
}
