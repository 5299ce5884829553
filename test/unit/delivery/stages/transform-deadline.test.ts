/** A run that ends before its records are transformed, and the one that goes on from there. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AttemptsByBatch, OutOfTime } from "../../../../src/delivery/stages/transform.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import { echo, invokerOf, outcomesOf, record, SIX, START_MS, THROWN } from "./transform-helpers.ts";

async function outOfTime(work: Promise<unknown>): Promise<OutOfTime> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutOfTime)) throw new Error("expected OutOfTime", { cause: error });
  return error;
}

describe("the deadline", () => {
  test("ends the run instead of a wait that would pass it, and says when to come back", async () => {
    const invoker = invokerOf(() => THROWN);
    const error = await outOfTime(
      outcomesOf([[record(0)]], invoker, { deadlineMs: START_MS + 2500 }),
    );
    expect(error.attempts).toEqual({
      [record(0).recordId]: {
        count: 2,
        errorCode: "Lambda.FunctionError",
        errorMessage: expect.any(String),
        endedAtMs: START_MS + 1000,
        retryAtMs: START_MS + 3000,
      },
    });
    expect(error.retryAtMs).toBe(START_MS + 3000);
    expect(invoker.calls).toHaveLength(2);
  });

  test("cuts an invocation short, which is then not counted", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf(async (event) => {
      await clock.sleep(60_000);
      return echo(event);
    });
    const error = await outOfTime(
      outcomesOf([SIX], invoker, { clock, deadlineMs: START_MS + 10_000 }),
    );
    expect(clock.now()).toBe(START_MS + 10_000);
    expect(error.attempts).toEqual({});
    expect(error.retryAtMs).toBe(START_MS + 10_000);
  });

  test("lets nothing begin after it", async () => {
    const invoker = invokerOf(echo);
    await outOfTime(outcomesOf([SIX], invoker, { deadlineMs: START_MS }));
    expect(invoker.calls).toEqual([]);
  });
});

describe("a further run over the same records", () => {
  test("continues counting and waiting where the earlier one ended", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf(() => THROWN);
    const first = await outOfTime(
      outcomesOf([[record(0)]], invoker, { clock, deadlineMs: START_MS + 2500 }),
    );
    const priorAttempts = JSON.parse(JSON.stringify(first.attempts)) as AttemptsByBatch;
    const [outcome] = await outcomesOf([[record(0)]], invoker, { clock, priorAttempts });
    expect(outcome).toMatchObject({ attemptsMade: 4, attemptEndedAtMs: START_MS + 7000 });
    expect(invoker.calls).toHaveLength(4);
  });

  test("repeats the verdict on a batch that had used up its retries, without asking again", async () => {
    const clock = steppingClock(START_MS);
    const failing = record(0).recordId;
    const invoker = invokerOf(async (event) => {
      if (event.records[0]!.recordId === failing) return THROWN;
      await clock.sleep(60_000);
      return echo(event);
    });
    const groups = [[record(0)], [record(1)]];
    const once = { clock, retryCount: 0 };
    const first = await outOfTime(
      outcomesOf(groups, invoker, { ...once, deadlineMs: START_MS + 30_000 }),
    );
    const outcomes = await outcomesOf(groups, invoker, {
      ...once,
      priorAttempts: first.attempts,
    });
    expect(outcomes).toMatchObject([
      { kind: "failed", attemptsMade: 1, attemptEndedAtMs: START_MS },
      { kind: "delivered" },
    ]);
    const calls = invoker.calls.filter(({ records }) => records[0]!.recordId === failing);
    expect(calls).toHaveLength(1);
  });

  test("comes to the same outcomes as one long run, however often it is interrupted", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 5000, max: 20_000 }),
        async (failuresOf, runMs) => {
          const records = failuresOf.map((_, number) => record(number));
          const failing = () => {
            const left = new Map(records.map(({ recordId }, i) => [recordId, failuresOf[i]!]));
            return invokerOf((event) => {
              const key = event.records[0]!.recordId;
              left.set(key, left.get(key)! - 1);
              return left.get(key)! >= 0 ? THROWN : echo(event);
            });
          };
          const shape = async (run: Promise<readonly object[]>) =>
            (await run).map((outcome) => ({ ...outcome, attemptEndedAtMs: undefined }));

          const expected = await shape(outcomesOf([records], failing()));
          const clock = steppingClock(START_MS);
          const invoker = failing();
          let priorAttempts: AttemptsByBatch = {};
          for (;;) {
            const deadlineMs = clock.now() + runMs;
            try {
              const run = outcomesOf([records], invoker, { clock, priorAttempts, deadlineMs });
              expect(await shape(run)).toEqual(expected);
              return;
            } catch (error) {
              if (!(error instanceof OutOfTime)) throw error;
              priorAttempts = error.attempts;
              await clock.sleep(error.retryAtMs - clock.now());
            }
          }
        },
      ),
    );
  });
});
