import { expect, test } from "vitest";
import { MUTANT_NAMES, type MutantName, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/**
 * The first seed that catches each. Code that takes other steps makes other runs: if one of these is no longer
 * caught, find the new ones with `npm run sim -- --world delivery --catch`, and worry if there is none.
 * That the code as it is passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<MutantName, number>> = {
  "replay-forgets-its-end": 3,
  "replay-is-over-early": 7,
  "replay-moves-the-delivery": 7,
  "mark-is-ahead": 14,
  "reserve-hands-out-twice": 1,
  "reserve-ignores-seal": 1,
  "fill-overwrites": 2,
  "write-overwrites": 1,
  "hole-is-skipped": 1,
  "read-ends-at-a-border": 1,
  "border-is-left-out": 1,
  "fresh-hole-is-aged": 1,
  "hole-is-taken-for-expired": 1,
  "late-writes-are-taken": 2,
  "fills-beyond-the-look": 1,
  "waits-for-each-hole": 5,
  "plan-follows-updates": 3,
  "failed-plan-is-void": 1,
  "acknowledged-before-written": 2,
  "tombstone-is-ignored": 27,
  "retries-are-forgotten": 2,
  "empty-places-stay-open": 1,
  "own-place-stays-open": 2,
  "proof-is-unconditional": 3,
  "proof-is-believed": 2,
  "proof-follows-the-blocks": 2,
  "id-alone-makes-a-call": 1,
  "plan-ignores-epoch": 2,
  "straggling-plan-is-kept": 24,
  "advance-is-unconditional": 39,
  "lease-is-shared": 1,
  "advance-before-put": 1,
  "put-overwrites": 1,
  "plan-is-not-kept": 6,
  "failed-put-is-ignored": 2,
  "completed-before-planned": 8,
  "woken-before-sent": 1,
  "message-is-not-handed-back": 5,
  "resume-wakes-nobody": 5,
  "envelope-stays-behind": 4,
  "first-key-opens-all": 4,
  "sealed-by-name-alone": 4,
  "pause-is-not-seen": 5,
  "sweep-stays-on": 1,
  "ring-is-omitted": 9,
  "throttle-is-a-failure": 15,
  "refused-for-good": 104,
  "lane-ends-unread": 4,
  "lane-ends-unsealed": 16,
  "lane-has-no-readers": 7,
  "lane-number-is-used-again": 14,
  "removal-leaves-lanes": 9,
  "proof-is-of-its-lane": 3,
  "full-lane-keeps-the-call": 1,
  "left-is-forgotten": 1,
  "left-is-read-again": 1,
  "objects-without-partition": 5,
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
