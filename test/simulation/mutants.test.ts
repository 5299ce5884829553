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
  "replay-is-over-early": 4,
  "replay-reads-whole-blocks": 13,
  "replay-ignores-times": 3,
  "replay-begins-late": 3,
  "replay-moves-the-delivery": 4,
  "redriven-is-another-one": 3,
  "redriven-before-written": 34,
  "redrive-misses-one": 3,
  "put-aside-is-tried-once": 3,
  "moved-is-lost": 8,
  "redrive-is-not-noted": 27,
  "metadata-of-a-neighbour": 1,
  "redrive-forgets-ids": 13,
  "flush-ends-a-block-early": 1,
  "waiting-is-not-noted": 36,
  "one-call-an-id": 20,
  "batch-gets-another-id": 11,
  "refusal-counts-as-taken": 3,
  "part-counts-as-all": 3,
  "refused-is-overtaken": 31,
  "parcel-is-not-kept": 23,
  "commit-has-no-id": 27,
  "failure-is-told-anew": 71,
  "failure-is-not-kept": 43,
  "copy-is-not-awaited": 123,
  "mark-is-ahead": 4,
  "reserve-hands-out-twice": 1,
  "reserve-ignores-seal": 2,
  "fill-overwrites": 6,
  "write-overwrites": 1,
  "hole-is-skipped": 1,
  "read-ends-at-a-border": 1,
  "border-is-left-out": 1,
  "fresh-hole-is-aged": 1,
  "hole-is-taken-for-expired": 1,
  "late-writes-are-taken": 13,
  "fills-beyond-the-look": 5,
  "waits-for-each-hole": 5,
  "acknowledged-before-written": 1,
  "tombstone-is-ignored": 3,
  "retries-are-forgotten": 1,
  "empty-places-stay-open": 4,
  "own-place-stays-open": 1,
  "proof-is-unconditional": 1,
  "proof-is-believed": 3,
  "proof-follows-the-blocks": 1,
  "id-alone-makes-a-call": 1,
  "plan-ignores-epoch": 13,
  "plan-follows-updates": 14,
  "failed-plan-is-void": 8,
  "left-is-forgotten": 5,
  "left-is-read-again": 5,
  "objects-without-partition": 1,
  "straggling-plan-is-kept": 8,
  "advance-is-unconditional": 1,
  "lease-is-shared": 1,
  "advance-before-put": 1,
  "put-overwrites": 1,
  "plan-is-not-kept": 1,
  "failed-put-is-ignored": 4,
  "completed-before-planned": 18,
  "woken-before-sent": 1,
  "message-is-not-handed-back": 40,
  "resume-wakes-nobody": 5,
  "envelope-stays-behind": 4,
  "first-key-opens-all": 4,
  "sealed-by-name-alone": 4,
  "pause-is-not-seen": 5,
  "sweep-stays-on": 1,
  "ring-is-omitted": 1,
  "throttle-is-a-failure": 20,
  "refused-for-good": 26,
  "stream-is-replaced-unseen": 3,
  "update-forgets-tags": 1,
  "lane-ends-unread": 3,
  "lane-ends-unsealed": 3,
  "lane-has-no-readers": 1,
  "lane-number-is-used-again": 4,
  "removal-leaves-lanes": 2,
  "proof-is-of-its-lane": 2,
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
