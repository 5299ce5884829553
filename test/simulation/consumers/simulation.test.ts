import { describe, expect, test } from "vitest";
import type { Situation } from "../situations.ts";
import { simulateConsumers } from "./simulate.ts";

/** Of each ten, one is calm, one prompt and eight rough. */
const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);

/** Seeds that once found something in the code, and those that catch mutants. */
const CASES = [31, 32, 40, 138, 809, 1146, 2715, 3156];

const MET: readonly Situation[] = [
  "diesAtFirstProof",
  "diesAtWrite",
  "twoAtOnce",
  "threeAtOnce",
  "lateFirst",
  "otherShards",
  "reusedId",
  "twoShards",
  "manyShards",
];

const replay = (seed: number) => `npm run sim -- --world consumers --seed ${seed} --trace`;

describe("whatever goes wrong, functions are fed in order", () => {
  test.each([...SEEDS, ...CASES])("with seed %i", async (seed) => {
    const { violations } = await simulateConsumers({ seed });
    expect(violations, replay(seed)).toEqual([]);
  });
});

describe("functions are fed in order where the stores give only so much in a second", () => {
  test.each([...SEEDS, 48])("with seed %i", async (seed) => {
    const { violations } = await simulateConsumers({ seed, isLimited: true });
    expect(violations, `${replay(seed)} --capacity on`).toEqual([]);
  });
});

test("one seed gives one run, step by step; another seed gives another", async () => {
  const first = await simulateConsumers({ seed: 7 });
  const again = await simulateConsumers({ seed: 7 });
  const other = await simulateConsumers({ seed: 8 });
  expect(again).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});

test("runs do real work: invocations, reports of failures, splits, changed mappings and deleted streams", async () => {
  const total = new Map<string, number>();
  for (const seed of [...SEEDS, ...CASES]) {
    const { counts, situationCounts } = await simulateConsumers({ seed });
    for (const [name, count] of Object.entries({ ...counts, ...situationCounts })) {
      total.set(name, (total.get(name) ?? 0) + count);
    }
  }
  expect(total.get("invocations")).toBeGreaterThan(100);
  expect(total.get("reports")).toBeGreaterThan(5);
  expect(total.get("shards")).toBeGreaterThan(10);
  expect(total.get("changes of mappings")).toBeGreaterThan(10);
  expect(total.get("streams deleted")).toBeGreaterThan(0);
  const found = [...total].flatMap(([name, count]) => (count > 0 ? [name] : []));
  // And what the retries of producers have to come through; the rarer situations need more runs than these.
  expect(found).toEqual(expect.arrayContaining([...MET]));
});
