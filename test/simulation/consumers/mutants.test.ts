import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * A seed that catches each soon. If one of these is no longer caught, look for a new seed with
 * `npm run sim -- --world consumers --seeds 1..300 --mutant NAME`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "saved-before-invoked": 2,
  "failure-is-success": 3,
  "partial-is-success": 6,
  "refusals-count": 6,
  "fenced-owner-saves": 10,
  "lease-is-shared": 40,
  "straggler-is-stored": 101,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 3,
  "bisected-half-is-dropped": 3,
  "retry-is-cut-anew": 4,
  "lanes-are-not-levelled": 37,
  "report-is-skipped": 44,
  "too-old-without-report": 21,
  "one-parent-is-enough": 3,
  "children-are-not-opened": 3,
  "shard-ends-amid-retries": 3,
  "window-is-forgotten": 4,
  "window-is-kept-by-the-first": 9,
  "filter-is-not-asked": 3,
  "disabled-is-served": 10,
  "retry-sends-anew": 3,
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
