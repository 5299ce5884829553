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
  "failure-is-success": 4,
  "partial-is-success": 7,
  "refusals-count": 4,
  "fenced-owner-saves": 6,
  "lease-is-shared": 40,
  "straggler-is-stored": 34,
  "checkpoint-is-the-fastest": 1,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 12,
  "retry-is-cut-anew": 7,
  "lanes-are-not-levelled": 1,
  "report-is-skipped": 27,
  "too-old-without-report": 4,
  "one-parent-is-enough": 3,
  "children-are-not-opened": 3,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 1,
  "window-is-kept-by-the-first": 1,
  "filter-is-not-asked": 1,
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
