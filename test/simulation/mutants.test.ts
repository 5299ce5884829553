import { expect, test } from "vitest";
import { MUTANT_NAMES, type MutantName, MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/**
 * The first seed that catches each. Code that takes other steps makes other runs: if one of these is no longer
 * caught, find the new ones with `npm run sim -- --world delivery --catch`, and worry if there is none.
 * That the code as it is passes with these seeds is for `simulation.test.ts` to say.
 */
const CAUGHT_BY: Readonly<Record<MutantName, number>> = {
  "reserve-hands-out-twice": 1,
  "reserve-ignores-seal": 16,
  "fill-overwrites": 7,
  "write-overwrites": 3,
  "hole-is-skipped": 4,
  "acknowledged-before-written": 1,
  "tombstone-is-ignored": 4,
  "retries-are-forgotten": 1,
  "empty-places-stay-open": 3,
  "proof-is-unconditional": 6,
  "proof-is-believed": 1,
  "proof-follows-the-blocks": 4,
  "id-alone-makes-a-call": 1,
  "plan-ignores-epoch": 4,
  "straggling-plan-is-kept": 38,
  "advance-is-unconditional": 4,
  "lease-is-shared": 1,
  "advance-before-put": 1,
  "put-overwrites": 2,
  "plan-is-not-kept": 16,
  "failed-put-is-ignored": 5,
  "completed-before-planned": 4,
  "woken-before-sent": 15,
  "message-is-not-handed-back": 5,
  "sweep-stays-on": 1,
  "ring-is-omitted": 75,
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
