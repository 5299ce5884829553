import { expect, test } from "vitest";
import { MUTANT_NAMES, type MutantName, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/**
 * The first seed that catches each. Code that takes other steps makes other runs: if one of these is no longer
 * caught, find the new ones with `npm run sim -- --world delivery --catch`, and worry if there is none.
 * That the code as it is passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<MutantName, number>> = {
  "read-ends-at-a-border": 2,
  "border-is-left-out": 2,
  "fresh-hole-is-aged": 2,
  "hole-is-taken-for-expired": 2,
  "late-writes-are-taken": 7,
  "fills-beyond-the-look": 3,
  "waits-for-each-hole": 5,
  "mark-is-ahead": 7,
  "reserve-hands-out-twice": 1,
  "reserve-ignores-seal": 1,
  "fill-overwrites": 3,
  "write-overwrites": 7,
  "hole-is-skipped": 3,
  "acknowledged-before-written": 8,
  "tombstone-is-ignored": 18,
  "retries-are-forgotten": 1,
  "empty-places-stay-open": 13,
  "proof-is-unconditional": 2,
  "proof-is-believed": 8,
  "proof-follows-the-blocks": 2,
  "id-alone-makes-a-call": 1,
  "plan-ignores-epoch": 6,
  "straggling-plan-is-kept": 3,
  "advance-is-unconditional": 6,
  "lease-is-shared": 1,
  "advance-before-put": 1,
  "put-overwrites": 1,
  "plan-is-not-kept": 6,
  "failed-put-is-ignored": 2,
  "completed-before-planned": 1,
  "woken-before-sent": 6,
  "message-is-not-handed-back": 15,
  "sweep-stays-on": 1,
  "ring-is-omitted": 39,
  "lane-ends-unread": 8,
  "lane-ends-unsealed": 7,
  "lane-has-no-readers": 4,
  "lane-number-is-used-again": 14,
  "removal-leaves-lanes": 1,
  "proof-is-of-its-lane": 6,
  "full-lane-keeps-the-call": 1,
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
