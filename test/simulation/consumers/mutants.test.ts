import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * The first seed that catches each. If one of these is no longer caught, look for a new seed with
 * `npm run sim -- --world consumers --seeds 1..300 --mutant NAME`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "saved-before-invoked": 1,
  "failure-is-success": 3,
  "partial-is-success": 1,
  "refusals-count": 27,
  "fenced-owner-saves": 2,
  "lease-is-shared": 30,
  "straggler-is-stored": 8,
  "checkpoint-is-the-fastest": 1,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 91,
  "retry-is-cut-anew": 19,
  "report-is-skipped": 32,
  "too-old-without-report": 16,
  "one-parent-is-enough": 1,
  "children-are-not-opened": 1,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 8,
  "window-is-kept-by-the-first": 1,
  "filter-is-not-asked": 7,
  "retry-sends-anew": 1,
  "lanes-are-not-levelled": 61,
  "disabled-is-served": 40,
  "filter-change-is-forgotten": 15,
  "destination-change-is-forgotten": 286,
  "window-is-dropped-by-changes": 1,
  "aggregates-are-cut-anew": 118,
  "successor-takes-over": 15,
  "deleted-is-served": 31,
  "deleted-stream-takes-records": 9,
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
