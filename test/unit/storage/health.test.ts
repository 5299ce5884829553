import { expect, test } from "vitest";
import { HEALTH_MAX_AGE_MS, ILLNESS_MAX_AGE_MS } from "../../../src/limits.ts";
import { healthProbe } from "../../../src/storage/health.ts";

function probed(answers: readonly (boolean | Error)[]) {
  let nowMs = 1000;
  let count = 0;
  const ask = healthProbe(
    () => {
      const answer = answers[count++];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer === true);
    },
    { now: () => nowMs, sleep: () => Promise.resolve() },
  );
  return { ask, advance: (ms: number) => void (nowMs += ms), count: () => count };
}

test("a thousand strangers cost one look", async () => {
  const { ask, advance, count } = probed([true, true]);
  const answers = await Promise.all(Array.from({ length: 1000 }, ask));
  expect(new Set(answers)).toEqual(new Set([true]));
  advance(HEALTH_MAX_AGE_MS - 1);
  expect(await ask()).toBe(true);
  expect(count()).toBe(1);
  advance(1);
  await ask();
  expect(count()).toBe(2);
});

test("what does not answer is looked at again soon", async () => {
  const { ask, advance, count } = probed([false, new Error("no table"), true]);
  expect(await ask()).toBe(false);
  expect(await ask()).toBe(false);
  expect(count()).toBe(1);
  advance(ILLNESS_MAX_AGE_MS);
  expect(await ask()).toBe(false);
  advance(ILLNESS_MAX_AGE_MS);
  expect(await ask()).toBe(true);
});
