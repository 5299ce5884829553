import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRANSFORM_CONCURRENCY } from "../../../../src/limits.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import {
  echo,
  invokerOf,
  outcomesOf,
  record,
  SIX,
  START_MS,
  THROWN,
  transforming,
} from "./transform-helpers.ts";

describe("the order of outcomes", () => {
  test("is that of the records, whichever invocation answers first", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (durationsMs, bufferBytes) => {
          const clock = steppingClock(START_MS);
          const invoker = invokerOf(async (event, call) => {
            await clock.sleep(durationsMs[call % durationsMs.length]!);
            return echo(event);
          });
          const records = durationsMs.map((_, number) => record(number));
          const outcomes = await outcomesOf([records], invoker, { clock, bufferBytes });
          expect(outcomes).toEqual(
            records.map((sent) => ({ kind: "delivered", record: sent, data: sent.data })),
          );
        },
      ),
    );
  });
});

describe("concurrency", () => {
  test("reaches its limit and never exceeds it", async () => {
    const clock = steppingClock(START_MS);
    let underWay = 0;
    let most = 0;
    const invoker = invokerOf(async (event) => {
      most = Math.max(most, ++underWay);
      await clock.sleep(100);
      underWay -= 1;
      return echo(event);
    });
    const records = Array.from({ length: 30 }, (_, number) => record(number));
    await outcomesOf([records], invoker, { clock });
    expect(most).toBe(TRANSFORM_CONCURRENCY);
  });

  test("takes no more records than it can hold while the first batch waits", async () => {
    const clock = steppingClock(START_MS);
    let taken = 0;
    function* groups() {
      for (; taken < 100; taken++) yield [record(taken)];
    }
    const invoker = invokerOf(async (event, call) => {
      if (call === 1) await clock.sleep(60_000);
      return echo(event);
    });
    const outcomes = transforming(groups(), invoker, { clock });
    await outcomes.next();
    expect(taken).toBeLessThanOrEqual(TRANSFORM_CONCURRENCY + 1);
    await outcomes.return(undefined);
  });
});

test("an invocation that was answered leaves no timer behind", async () => {
  const clock = steppingClock(START_MS);
  let most = 0;
  const invoker = invokerOf((event) => {
    most = Math.max(most, clock.sleeperCount());
    return echo(event);
  });
  const records = Array.from({ length: 50 }, (_, number) => record(number));
  await outcomesOf([records], invoker, { clock });
  expect(most).toBeLessThanOrEqual(TRANSFORM_CONCURRENCY);
});

describe("a run that is over", () => {
  test("leaves nothing waiting", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf((event, call) => (call === 1 ? THROWN : echo(event)));
    await outcomesOf([SIX], invoker, { clock });
    expect(clock.sleeperCount()).toBe(0);
  });

  test("leaves nothing waiting when its reader stops early", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf((event, call) => (call === 1 ? echo(event) : THROWN));
    const outcomes = transforming([SIX], invoker, { clock });
    await outcomes.next();
    expect(clock.sleeperCount()).toBeGreaterThan(0);
    await outcomes.return(undefined);
    expect(clock.sleeperCount()).toBe(0);
  });
});

test("a returned body is final, however useless", async () => {
  const invoker = invokerOf(() => ({ kind: "returned", payload: "{}" }));
  const [outcome] = await outcomesOf([[record(0)]], invoker);
  expect(outcome).toMatchObject({
    errorCode: "Lambda.JsonProcessingException",
    attemptsMade: 1,
    attemptEndedAtMs: START_MS,
  });
  expect(invoker.calls).toHaveLength(1);
});

test("an invoker's surprise ends the run", async () => {
  const invoker = invokerOf(() => Promise.reject(new Error("no credentials")));
  await expect(outcomesOf([SIX], invoker)).rejects.toThrow("no credentials");
});

test("nothing to transform invokes nothing", async () => {
  const invoker = invokerOf(echo);
  expect(await outcomesOf([[], []], invoker)).toEqual([]);
  expect(invoker.calls).toEqual([]);
});
