import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * A seed that catches each soon. If one of these is no longer caught, look for a new seed with
 * `npm run sim -- --world consumers --seeds 1..300 --mutant NAME`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "saved-before-invoked": 5,
  "failure-is-success": 3,
  "partial-is-success": 1,
  "refusals-count": 16,
  "fenced-owner-saves": 10,
  "lease-is-shared": 40,
  "straggler-is-stored": 36,
  "checkpoint-is-the-fastest": 1,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 4,
  "retry-is-cut-anew": 4,
  "lanes-are-not-levelled": 12,
  "report-is-skipped": 14,
  "too-old-without-report": 21,
  "one-parent-is-enough": 3,
  "children-are-not-opened": 1,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 9,
  "window-is-kept-by-the-first": 9,
  "filter-is-not-asked": 3,
  "disabled-is-served": 10,
  "retry-sends-anew": 3,
};

const SEED_MAX = 100;

test("every mutant is caught within a hundred seeds", () => {
  expect(Math.max(...Object.values(CAUGHT_BY))).toBeLessThanOrEqual(SEED_MAX);
});

test.each(CONSUMER_MUTANT_NAMES)("%s is caught", async (name) => {
  const mutant = CONSUMER_MUTANTS[name];
  const { violations } = await simulateConsumers({ seed: CAUGHT_BY[name], mutant });
  expect(violations, mutant.means).not.toEqual([]);
});
