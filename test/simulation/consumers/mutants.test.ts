import { expect, test } from "vitest";
import { CONSUMER_MUTANT_NAMES, CONSUMER_MUTANTS, type ConsumerMutantName } from "./mutants.ts";
import { simulateConsumers } from "./simulate.ts";

/**
 * The first seed that catches each. If one of these is no longer caught, find the new ones with
 * `npm run sim -- --world consumers --catch`, and worry if there is none. That the code as it is
 * passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<ConsumerMutantName, number>> = {
  "fresh-hole-is-aged": 1,
  "retries-are-forgotten": 2,
  "empty-places-stay-open": 7,
  "proof-is-unconditional": 3,
  "proof-is-believed": 1,
  "proof-follows-the-blocks": 3,
  "id-alone-makes-a-call": 5,
  "mark-is-ahead": 14,
  "shard-is-forgotten-unread": 232,
  "children-are-forgotten-first": 28,
  "counter-is-kept": 9,
  "saved-before-invoked": 1,
  "failure-is-success": 11,
  "partial-is-success": 3,
  "refusals-count": 22,
  "fenced-owner-saves": 2,
  "lease-is-shared": 10,
  "straggler-is-stored": 11,
  "checkpoint-is-the-fastest": 2,
  "retry-is-forgotten": 1,
  "bisected-half-is-dropped": 1,
  "retry-is-cut-anew": 56,
  "report-is-skipped": 11,
  "too-old-without-report": 11,
  "one-parent-is-enough": 3,
  "children-are-not-opened": 3,
  "shard-ends-amid-retries": 1,
  "window-is-forgotten": 3,
  "window-is-kept-by-the-first": 3,
  "filter-is-not-asked": 2,
  "retry-sends-anew": 3,
  "lanes-are-not-levelled": 13,
  "disabled-is-served": 110,
  "filter-change-is-forgotten": 19,
  "destination-change-is-forgotten": 21,
  "window-is-dropped-by-changes": 8,
  "aggregates-are-cut-anew": 7,
  "successor-takes-over": 2,
  "deleted-is-served": 8,
  "deleted-stream-takes-records": 9,
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
