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
  "empty-places-stay-open": 2,
  "own-place-stays-open": 2,
  "proof-is-unconditional": 4,
  "proof-is-believed": 4,
  "proof-follows-the-blocks": 1,
  "id-alone-makes-a-call": 2,
  "mark-is-ahead": 6,
  "shard-is-forgotten-unread": 6,
  "children-are-forgotten-first": 502,
  "counter-is-kept": 1,
  "clock-ahead-holds-shut": 13,
  "clock-behind-begins-anew": 78,
  "refused-for-good": 2,
  "fresh-hole-is-aged": 5,
  "saved-before-invoked": 1,
  "failure-is-success": 4,
  "partial-is-success": 3,
  "refusals-count": 12,
  "fenced-owner-saves": 3,
  "lease-is-shared": 10,
  "straggler-is-stored": 49,
  "checkpoint-is-the-fastest": 1,
  "retry-is-forgotten": 3,
  "bisected-half-is-dropped": 3,
  "retry-is-cut-anew": 3,
  "report-is-skipped": 3,
  "too-old-without-report": 4,
  "one-parent-is-enough": 2,
  "children-are-not-opened": 1,
  "shard-ends-amid-retries": 3,
  "window-is-forgotten": 3,
  "window-is-kept-by-the-first": 3,
  "filter-is-not-asked": 2,
  "retry-sends-anew": 2,
  "lanes-are-not-levelled": 1,
  "disabled-is-served": 100,
  "filter-change-is-forgotten": 23,
  "destination-change-is-forgotten": 72,
  "window-is-dropped-by-changes": 93,
  "aggregates-are-cut-anew": 10,
  "successor-takes-over": 2,
  "deleted-is-served": 70,
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
