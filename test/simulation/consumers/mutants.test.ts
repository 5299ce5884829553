import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * The first seed that catches each. If one of these is no longer caught, find the new ones with
 * `npm run sim -- --world consumers --catch`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "retries-are-forgotten": 1,
  "empty-places-stay-open": 1,
  "own-place-stays-open": 1,
  "proof-is-unconditional": 2,
  "proof-is-believed": 2,
  "proof-follows-the-blocks": 1,
  "id-alone-makes-a-call": 9,
  "mark-is-ahead": 43,
  "shard-is-forgotten-unread": 8,
  "children-are-forgotten-first": 8,
  "counter-is-kept": 1,
  "clock-ahead-holds-shut": 34,
  "clock-behind-begins-anew": 78,
  "refused-for-good": 3,
  "fresh-hole-is-aged": 3,
  "saved-before-invoked": 2,
  "failure-is-success": 4,
  "partial-is-success": 3,
  "refusals-count": 6,
  "fenced-owner-saves": 3,
  "lease-is-shared": 10,
  "straggler-is-stored": 28,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 3,
  "bisected-half-is-dropped": 3,
  "retry-is-cut-anew": 10,
  "report-is-skipped": 4,
  "too-old-without-report": 13,
  "one-parent-is-enough": 4,
  "children-are-not-opened": 2,
  "shard-ends-amid-retries": 3,
  "window-is-forgotten": 3,
  "window-is-kept-by-the-first": 3,
  "filter-is-not-asked": 2,
  "retry-sends-anew": 2,
  "lanes-are-not-levelled": 4,
  "disabled-is-served": 20,
  "filter-change-is-forgotten": 37,
  "destination-change-is-forgotten": 41,
  "window-is-dropped-by-changes": 9,
  "aggregates-are-cut-anew": 4,
  "successor-takes-over": 8,
  "deleted-is-served": 66,
  "deleted-stream-takes-records": 1,
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
