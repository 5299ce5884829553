import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * The first seed that catches each. If one of these is no longer caught, find the new ones with
 * `npm run sim -- --world consumers --catch`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "saved-before-invoked": 1,
  "failure-is-success": 4,
  "partial-is-success": 1,
  "refusals-count": 8,
  "fenced-owner-saves": 9,
  "lease-is-shared": 20,
  "straggler-is-stored": 9,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 7,
  "retry-is-cut-anew": 19,
  "report-is-skipped": 11,
  "too-old-without-report": 1,
  "one-parent-is-enough": 4,
  "children-are-not-opened": 2,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 8,
  "window-is-kept-by-the-first": 8,
  "filter-is-not-asked": 1,
  "retry-sends-anew": 1,
  "lanes-are-not-levelled": 3,
  "disabled-is-served": 20,
  "filter-change-is-forgotten": 22,
  "destination-change-is-forgotten": 138,
  "window-is-dropped-by-changes": 9,
  "aggregates-are-cut-anew": 11,
  "successor-takes-over": 5,
  "deleted-is-served": 40,
  "deleted-stream-takes-records": 22,
};

const SEED_MAX = 300;

test("every mutant is caught within three hundred seeds", () => {
  expect(Math.max(...Object.values(CAUGHT_BY))).toBeLessThanOrEqual(SEED_MAX);
});

test.each(CONSUMER_MUTANT_NAMES)("%s is caught", async (name) => {
  const mutant = CONSUMER_MUTANTS[name];
  const { violations } = await simulateConsumers({ seed: CAUGHT_BY[name], mutant });
  expect(violations, mutant.means).not.toEqual([]);
});
