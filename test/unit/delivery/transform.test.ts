import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AttemptsByBatch, OutOfTime, transform } from "../../../src/delivery/transform.ts";
import type { InvokeResult } from "../../../src/delivery/ports.ts";
import { TRANSFORM_CONCURRENCY, TRANSFORM_TIMEOUT_MS } from "../../../src/limits.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import {
  context,
  echo,
  invokerOf,
  outcomesOf,
  record,
  settings,
  START_MS,
  THROWN,
} from "./transform-helpers.ts";

const SIX = [0, 1, 2, 3, 4, 5].map((number) => record(number));

async function outOfTime(work: Promise<unknown>): Promise<OutOfTime> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutOfTime)) throw new Error("expected OutOfTime", { cause: error });
  return error;
}

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
          const outcomes = await outcomesOf(
            [records],
            settings({ bufferBytes }),
            context(invoker, { clock }),
          );
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
    await outcomesOf([records], settings(), context(invoker, { clock }));
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
    const outcomes = transform(groups(), settings(), context(invoker, { clock }));
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
  await outcomesOf([records], settings(), context(invoker, { clock }));
  expect(most).toBeLessThanOrEqual(TRANSFORM_CONCURRENCY);
});

describe("a run that is over", () => {
  test("leaves nothing waiting", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf((event, call) => (call === 1 ? THROWN : echo(event)));
    await outcomesOf([SIX], settings(), context(invoker, { clock }));
    expect(clock.sleeperCount()).toBe(0);
  });

  test("leaves nothing waiting when its reader stops early", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf((event, call) => (call === 1 ? echo(event) : THROWN));
    const outcomes = transform([SIX], settings(), context(invoker, { clock }));
    await outcomes.next();
    expect(clock.sleeperCount()).toBeGreaterThan(0);
    await outcomes.return(undefined);
    expect(clock.sleeperCount()).toBe(0);
  });
});

describe("an invocation without an answer", () => {
  test("is repeated with the same event until the function returns", async () => {
    const invoker = invokerOf((event, call) => (call < 3 ? THROWN : echo(event)));
    const [outcome] = await outcomesOf([[record(0)]], settings(), context(invoker));
    expect(outcome).toMatchObject({ kind: "delivered" });
    expect(invoker.calls[1]).toEqual(invoker.calls[0]);
    expect(invoker.calls[2]).toEqual(invoker.calls[0]);
  });

  test.each<[string, InvokeResult, string, string]>([
    [
      "a function that throws",
      THROWN,
      "Lambda.FunctionError",
      "The Lambda function was successfully invoked but it returned an error result.",
    ],
    [
      "a function that times out",
      { kind: "failed", timedOut: true, message: "Task timed out after 3.00 seconds" },
      "Lambda.FunctionTimedOut",
      "The Lambda function invocation timed out. Increase the Timeout setting in the Lambda function.",
    ],
    [
      "a throttled function",
      { kind: "refused", code: "Lambda.InvokeLimitExceeded", message: "Rate Exceeded." },
      "Lambda.InvokeLimitExceeded",
      "The Lambda concurrent execution limit is exceeded. Increase the concurrent execution limit.",
    ],
    [
      "a function that does not exist",
      { kind: "refused", code: "Lambda.ResourceNotFound", message: "Function not found" },
      "Lambda.ResourceNotFound",
      "The specified Lambda function does not exist. Use a different function that does exist.",
    ],
    [
      "a refusal without a sentence of AWS's",
      { kind: "refused", code: "Lambda.ConnectionFailed", message: "connect ECONNREFUSED" },
      "Lambda.ConnectionFailed",
      "connect ECONNREFUSED",
    ],
  ])("fails the whole batch after the last retry: %s", async (_, result, code, message) => {
    const invoker = invokerOf(() => result);
    const outcomes = await outcomesOf(
      [[record(0), record(1)]],
      settings({ bufferBytes: 1000 }),
      context(invoker),
    );
    expect(invoker.calls).toHaveLength(4);
    expect(outcomes).toEqual(
      [record(0), record(1)].map((failed) => ({
        kind: "failed",
        record: failed,
        errorCode: code,
        errorMessage: message,
        attemptsMade: 4,
        attemptEndedAtMs: START_MS + 1000 + 2000 + 4000,
      })),
    );
  });

  test("names the five minutes when they were used up", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf(async () => {
      await clock.sleep(TRANSFORM_TIMEOUT_MS);
      return { kind: "failed", timedOut: true, message: "no answer" };
    });
    const [outcome] = await outcomesOf(
      [[record(0)]],
      settings({ retryCount: 0 }),
      context(invoker, { clock }),
    );
    expect(outcome).toMatchObject({
      errorCode: "Lambda.FunctionTimedOut",
      errorMessage: expect.stringContaining("5 minutes"),
      attemptsMade: 1,
    });
  });

  test("is not repeated when no retries are wanted", async () => {
    const invoker = invokerOf(() => THROWN);
    const [outcome] = await outcomesOf(
      [[record(0)]],
      settings({ retryCount: 0 }),
      context(invoker),
    );
    expect(outcome).toMatchObject({ kind: "failed", attemptsMade: 1 });
    expect(invoker.calls).toHaveLength(1);
  });

  test("waits twice as long each time, up to half a minute", async () => {
    const clock = steppingClock(START_MS);
    const startsMs: number[] = [];
    const invoker = invokerOf(() => {
      startsMs.push(clock.now());
      return THROWN;
    });
    await outcomesOf([[record(0)]], settings({ retryCount: 7 }), context(invoker, { clock }));
    const waitsMs = startsMs.slice(1).map((startMs, i) => startMs - startsMs[i]!);
    expect(waitsMs).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test("waits half as long at the least, by chance", async () => {
    const clock = steppingClock(START_MS);
    const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
    const invoker = invokerOf(() => THROWN);
    const [outcome] = await outcomesOf(
      [[record(0)]],
      settings({ retryCount: 1 }),
      context(invoker, { clock, random }),
    );
    expect(outcome).toMatchObject({ attemptEndedAtMs: START_MS + 500 });
  });

  test("leaves the other batches alone", async () => {
    const bad = record(2).recordId;
    const invoker = invokerOf((event) =>
      event.records[0]!.recordId === bad ? THROWN : echo(event),
    );
    const outcomes = await outcomesOf([SIX], settings(), context(invoker));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      "delivered",
      "delivered",
      "failed",
      "delivered",
      "delivered",
      "delivered",
    ]);
  });
});

test("a returned body is final, however useless", async () => {
  const invoker = invokerOf(() => ({ kind: "returned", payload: "{}" }));
  const [outcome] = await outcomesOf([[record(0)]], settings(), context(invoker));
  expect(outcome).toMatchObject({
    errorCode: "Lambda.JsonProcessingException",
    attemptsMade: 1,
    attemptEndedAtMs: START_MS,
  });
  expect(invoker.calls).toHaveLength(1);
});

test("an invoker's surprise ends the run", async () => {
  const invoker = invokerOf(() => Promise.reject(new Error("no credentials")));
  await expect(outcomesOf([SIX], settings(), context(invoker))).rejects.toThrow("no credentials");
});

test("nothing to transform invokes nothing", async () => {
  const invoker = invokerOf(echo);
  expect(await outcomesOf([[], []], settings(), context(invoker))).toEqual([]);
  expect(invoker.calls).toEqual([]);
});

describe("the deadline", () => {
  test("ends the run instead of a wait that would pass it, and says when to come back", async () => {
    const invoker = invokerOf(() => THROWN);
    const error = await outOfTime(
      outcomesOf([[record(0)]], settings(), context(invoker, { deadlineMs: START_MS + 2500 })),
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
      outcomesOf([SIX], settings(), context(invoker, { clock, deadlineMs: START_MS + 10_000 })),
    );
    expect(clock.now()).toBe(START_MS + 10_000);
    expect(error.attempts).toEqual({});
    expect(error.retryAtMs).toBe(START_MS + 10_000);
  });

  test("lets nothing begin after it", async () => {
    const invoker = invokerOf(echo);
    await outOfTime(outcomesOf([SIX], settings(), context(invoker, { deadlineMs: START_MS })));
    expect(invoker.calls).toEqual([]);
  });
});

describe("a further run over the same records", () => {
  test("continues counting and waiting where the earlier one ended", async () => {
    const clock = steppingClock(START_MS);
    const invoker = invokerOf(() => THROWN);
    const first = await outOfTime(
      outcomesOf(
        [[record(0)]],
        settings(),
        context(invoker, { clock, deadlineMs: START_MS + 2500 }),
      ),
    );
    const priorAttempts = JSON.parse(JSON.stringify(first.attempts)) as AttemptsByBatch;
    const [outcome] = await outcomesOf(
      [[record(0)]],
      settings(),
      context(invoker, { clock, priorAttempts }),
    );
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
    const once = settings({ retryCount: 0 });
    const first = await outOfTime(
      outcomesOf(
        [[record(0)], [record(1)]],
        once,
        context(invoker, { clock, deadlineMs: START_MS + 30_000 }),
      ),
    );
    const outcomes = await outcomesOf(
      [[record(0)], [record(1)]],
      once,
      context(invoker, { clock, priorAttempts: first.attempts }),
    );
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

          const expected = await shape(outcomesOf([records], settings(), context(failing())));
          const clock = steppingClock(START_MS);
          const invoker = failing();
          let priorAttempts: AttemptsByBatch = {};
          for (;;) {
            const deadlineMs = clock.now() + runMs;
            try {
              const run = outcomesOf(
                [records],
                settings(),
                context(invoker, { clock, priorAttempts, deadlineMs }),
              );
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
