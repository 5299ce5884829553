import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * The first seed that catches each. If one of these is no longer caught, find the new ones with
 * `npm run sim -- --world consumers --catch`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "retries-are-forgotten": 2,
  "empty-places-stay-open": 3,
  "proof-is-unconditional": 11,
  "proof-is-believed": 3,
  "proof-follows-the-blocks": 2,
  "id-alone-makes-a-call": 1,
  "saved-before-invoked": 1,
  "failure-is-success": 3,
  "partial-is-success": 3,
  "refusals-count": 2,
  "fenced-owner-saves": 5,
  "lease-is-shared": 10,
  "straggler-is-stored": 29,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 1,
  "retry-is-cut-anew": 3,
  "report-is-skipped": 11,
  "too-old-without-report": 11,
  "one-parent-is-enough": 3,
  "children-are-not-opened": 3,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 3,
  "window-is-kept-by-the-first": 3,
  "filter-is-not-asked": 2,
  "retry-sends-anew": 6,
  "lanes-are-not-levelled": 42,
  "disabled-is-served": 30,
  "filter-change-is-forgotten": 5,
  "destination-change-is-forgotten": 286,
  "window-is-dropped-by-changes": 48,
  "aggregates-are-cut-anew": 513,
  "successor-takes-over": 2,
  "deleted-is-served": 31,
  "deleted-stream-takes-records": 11,
};

const SEED_MAX = 600;

test("every mutant is caught within six hundred seeds", () => {
  expect(Math.max(...Object.values(CAUGHT_BY))).toBeLessThanOrEqual(SEED_MAX);
});

test.each(CONSUMER_MUTANT_NAMES)("%s is caught", async (name) => {
  const mutant = CONSUMER_MUTANTS[name];
  const { violations } = await simulateConsumers({ seed: CAUGHT_BY[name], mutant });
  expect(violations, mutant.means).not.toEqual([]);
});
