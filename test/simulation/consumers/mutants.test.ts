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
  "empty-places-stay-open": 2,
  "own-place-stays-open": 2,
  "proof-is-unconditional": 4,
  "proof-is-believed": 2,
  "proof-follows-the-blocks": 2,
  "id-alone-makes-a-call": 4,
  "mark-is-ahead": 8,
  "shard-is-forgotten-unread": 72,
  "children-are-forgotten-first": 72,
  "counter-is-kept": 1,
  "clock-ahead-holds-shut": 13,
  "clock-behind-begins-anew": 78,
  "refused-for-good": 3,
  "fresh-hole-is-aged": 3,
  "saved-before-invoked": 1,
  "failure-is-success": 1,
  "partial-is-success": 3,
  "refusals-count": 16,
  "fenced-owner-saves": 1,
  "lease-is-shared": 10,
  "straggler-is-stored": 8,
  "checkpoint-is-the-fastest": 3,
  "retry-is-forgotten": 3,
  "bisected-half-is-dropped": 3,
  "retry-is-cut-anew": 3,
  "report-is-skipped": 3,
  "too-old-without-report": 13,
  "one-parent-is-enough": 2,
  "children-are-not-opened": 2,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 1,
  "window-is-kept-by-the-first": 1,
  "filter-is-not-asked": 2,
  "retry-sends-anew": 3,
  "lanes-are-not-levelled": 11,
  "disabled-is-served": 100,
  "filter-change-is-forgotten": 2,
  "destination-change-is-forgotten": 122,
  "window-is-dropped-by-changes": 54,
  "aggregates-are-cut-anew": 10,
  "successor-takes-over": 18,
  "deleted-is-served": 26,
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
