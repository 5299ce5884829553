import { expect, test } from "vitest";
import { isAhead } from "../../../../../src/clock.ts";
import { duePartitions } from "../../../../../src/delivery/destinations/s3/plan-steps.ts";

const NOW_MS = 1_700_000_000_000;
const INTERVAL_MS = 60_000;

test("what a reader comes for is due, whatever its clock says", () => {
  const isDue = duePartitions({}, { intervalMs: INTERVAL_MS }, NOW_MS);
  for (let aheadMs = -2 * INTERVAL_MS; aheadMs <= 2 * INTERVAL_MS; aheadMs += 250) {
    const arrivedAtMs = NOW_MS + aheadMs;
    // As the reader asks it (`readers/reader.ts`).
    if (isAhead(arrivedAtMs + INTERVAL_MS, NOW_MS, INTERVAL_MS)) continue;
    expect(isDue(arrivedAtMs), `arrived ${aheadMs} ms ahead`).toBe(true);
  }
});
