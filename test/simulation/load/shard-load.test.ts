import { expect, test } from "vitest";
import { loadShard } from "./shard-load.ts";

const ONE_SHARD = {
  recordsPerCall: 1,
  recordBytes: 1000,
  processCount: 100,
  readerCount: 1,
  restSeconds: 30,
};

test("a shard takes a thousand single puts of 1 KB a second, and leaves no hole", async () => {
  const load = { ...ONE_SHARD, phases: [{ seconds: 4, rate: 1000 }] };
  const { phases, errors, holeCount, worstLagMs, caughtUpMs } = await loadShard(load);
  expect(phases[0]!.acceptedPerSecond).toBeGreaterThanOrEqual(950);
  expect(errors).toEqual({});
  expect(holeCount).toBe(0);
  expect(worstLagMs).toBeLessThan(2000);
  expect(caughtUpMs).toBeDefined();
});
