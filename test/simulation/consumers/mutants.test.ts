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
  "failure-is-success": 3,
  "partial-is-success": 1,
  "refusals-count": 8,
  "fenced-owner-saves": 9,
  "lease-is-shared": 20,
  "straggler-is-stored": 9,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 8,
  "retry-is-cut-anew": 3,
  "report-is-skipped": 4,
  "too-old-without-report": 4,
  "one-parent-is-enough": 2,
  "children-are-not-opened": 2,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 8,
  "window-is-kept-by-the-first": 3,
  "filter-is-not-asked": 7,
  "retry-sends-anew": 2,
  "lanes-are-not-levelled": 7,
  "disabled-is-served": 20,
  "filter-change-is-forgotten": 51,
  "destination-change-is-forgotten": 89,
  "window-is-dropped-by-changes": 9,
  "aggregates-are-cut-anew": 33,
  "successor-takes-over": 5,
  "deleted-is-served": 4,
  "deleted-stream-takes-records": 23,
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
