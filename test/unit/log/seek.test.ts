import fc from "fast-check";
import { expect, it } from "vitest";
import { ARRIVAL_DISORDER_MAX_MS } from "../../../src/limits.ts";
import { seekTime } from "../../../src/log/seek.ts";
import type { LogEntry, ShardKey } from "../../../src/log/store.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";

const SHARD = "kinesis/clicks/0123456789abcdef/0000000000" as ShardKey;

/** How far apart two blocks arrived, how much the clock erred, and what stands there. */
const step = fc.record({
  gapMs: fc.oneof(fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 0, max: 20_000 })),
  errorMs: fc.integer({ min: -2000, max: 2000 }),
  kind: fc.constantFrom("data", "data", "data", "tombstone", "missing"),
});

it("never passes a block that is wanted, whatever is missing and whichever clock erred", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, pick) => {
      const log = memoryLog();
      log.open(SHARD);
      const arrivals: (number | undefined)[] = [];
      let nowMs = 1_000_000;
      for (const [index, { gapMs, errorMs, kind }] of steps.entries()) {
        nowMs += gapMs;
        await log.reserve(SHARD, { recordCount: 1, byteCount: 1 });
        if (kind === "tombstone") await log.fill(SHARD, index, nowMs);
        if (kind === "data") await log.write(blockAt(index, nowMs + errorMs));
        arrivals.push(kind === "data" ? nowMs + errorMs : undefined);
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
