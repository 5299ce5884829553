import { expect, test } from "vitest";
import { MUTANT_NAMES, type MutantName, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/**
 * The first seed that catches each. Code that takes other steps makes other runs: if one of these is no longer
 * caught, find the new ones with `npm run sim -- --world delivery --catch`, and worry if there is none.
 * That the code as it is passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<MutantName, number>> = {
  "read-ends-at-a-border": 1,
  "border-is-left-out": 1,
  "fresh-hole-is-aged": 1,
  "hole-is-taken-for-expired": 1,
  "late-writes-are-taken": 1,
  "fills-beyond-the-look": 1,
  "waits-for-each-hole": 1,
  "mark-is-ahead": 9,
  "reserve-hands-out-twice": 1,
  "reserve-ignores-seal": 9,
  "fill-overwrites": 1,
  "write-overwrites": 7,
  "hole-is-skipped": 1,
  "acknowledged-before-written": 3,
  "tombstone-is-ignored": 94,
  "retries-are-forgotten": 1,
  "empty-places-stay-open": 3,
  "proof-is-unconditional": 1,
  "proof-is-believed": 1,
  "proof-follows-the-blocks": 1,
  "id-alone-makes-a-call": 2,
  "plan-ignores-epoch": 8,
  "straggling-plan-is-kept": 2,
  "advance-is-unconditional": 16,
  "lease-is-shared": 1,
  "advance-before-put": 1,
  "put-overwrites": 4,
  "plan-is-not-kept": 4,
  "failed-put-is-ignored": 3,
  "completed-before-planned": 4,
  "woken-before-sent": 15,
  "message-is-not-handed-back": 5,
  "sweep-stays-on": 1,
  "ring-is-omitted": 100,
  "lane-ends-unread": 3,
  "lane-ends-unsealed": 3,
  "lane-has-no-readers": 4,
  "lane-number-is-used-again": 7,
  "removal-leaves-lanes": 1,
};

const SEED_MAX = 300;

test("every mutant is caught within three hundred seeds", () => {
  expect(Math.max(...Object.values(CAUGHT_BY))).toBeLessThanOrEqual(SEED_MAX);
});

test.each(MUTANT_NAMES)("%s is caught", async (name) => {
  const seed = CAUGHT_BY[name];
  const { violations } = await simulate({ seed, mutant: MUTANTS[name] });
  expect(violations, MUTANTS[name].means).not.toEqual([]);
});
