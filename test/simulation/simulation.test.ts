import { describe, expect, test } from "vitest";
import { weatherOf } from "./faults.ts";
import { simulate } from "./simulate.ts";

/** Of each ten, one is calm, one prompt and eight rough. */
const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

/** Seeds that once found something, and those that catch mutants. */
const CASES = [41, 70, 93, 241, 302, 427, 632, 733];

const replay = (seed: number) => `npm run sim -- --seed ${seed} --trace`;

describe("whatever goes wrong, the guarantees hold", () => {
  test.each([...SEEDS, ...CASES])("with seed %i", async (seed) => {
    const { violations } = await simulate({ seed });
    expect(violations, replay(seed)).toEqual([]);
  });
});

describe("the guarantees hold where the stores give only so much in a second", () => {
  test.each(SEEDS)("with seed %i", async (seed) => {
    const { violations } = await simulate({ seed, isLimited: true });
    expect(violations, `${replay(seed)} --capacity on`).toEqual([]);
  });

  test("and they refuse what is more", async () => {
    let count = 0;
    for (const seed of SEEDS.slice(0, 10)) {
      const { refused } = await simulate({ seed, isLimited: true });
      count += refused!.throttledWrites + refused!.throttledReads;
    }
    expect(count).toBeGreaterThan(10);
  });
});

test("one seed gives one run, step by step; another seed gives another", async () => {
  const first = await simulate({ seed: 7 });
  const again = await simulate({ seed: 7 });
  const other = await simulate({ seed: 8 });
  expect(again.traceHash).toBe(first.traceHash);
  expect(again).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});

test("a run does real work: records are acknowledged and objects appear", async () => {
  const { counts } = await simulate({ seed: 10 });
  expect(weatherOf(10)).toBe("calm");
  expect(counts["calls acknowledged"]).toBeGreaterThan(20);
  expect(counts["objects"]).toBeGreaterThan(5);
});

test("rough seeds meet faults, calm ones meet none", async () => {
  const struck = async (seed: number) => {
    const { faultCounts } = await simulate({ seed });
    return Object.values(faultCounts).reduce((sum, count) => sum + count, 0);
  };
  expect(await struck(10)).toBe(0);
  expect(await struck(11)).toBeGreaterThan(10);
});

test("producers stop after the given number of steps, and all is still delivered", async () => {
  const short = await simulate({ seed: 11, maxSteps: 100 });
  const long = await simulate({ seed: 11 });
  const acknowledged = "calls acknowledged";
  expect(short.counts[acknowledged]).toBeLessThan(long.counts[acknowledged]!);
  expect(short.violations).toEqual([]);
});
