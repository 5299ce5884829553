/** Invocations that fail, and the batches that are given up at last. */
import { describe, expect, test } from "vitest";
import type { InvokeResult } from "../../../../src/delivery/ports.ts";
import { TRANSFORM_TIMEOUT_MS } from "../../../../src/limits.ts";
import { steppingClock } from "../../../helpers/stepping-clock.ts";
import { echo, invokerOf, outcomesOf, record, SIX, START_MS, THROWN } from "./transform-helpers.ts";

describe("an invocation without an answer", () => {
  test("is repeated with the same event until the function returns", async () => {
    const invoker = invokerOf((event, call) => (call < 3 ? THROWN : echo(event)));
    const [outcome] = await outcomesOf([[record(0)]], invoker);
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
    const outcomes = await outcomesOf([[record(0), record(1)]], invoker, { bufferBytes: 1000 });
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
    const [outcome] = await outcomesOf([[record(0)]], invoker, { clock, retryCount: 0 });
    expect(outcome).toMatchObject({
      errorCode: "Lambda.FunctionTimedOut",
      errorMessage: expect.stringContaining("5 minutes"),
      attemptsMade: 1,
    });
  });

  test("is not repeated when no retries are wanted", async () => {
    const invoker = invokerOf(() => THROWN);
    const [outcome] = await outcomesOf([[record(0)]], invoker, { retryCount: 0 });
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
    await outcomesOf([[record(0)]], invoker, { clock, retryCount: 7 });
    const waitsMs = startsMs.slice(1).map((startMs, i) => startMs - startsMs[i]!);
    expect(waitsMs).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test("waits half as long at the least, by chance", async () => {
    const clock = steppingClock(START_MS);
    const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
    const invoker = invokerOf(() => THROWN);
    const [outcome] = await outcomesOf([[record(0)]], invoker, { clock, random, retryCount: 1 });
    expect(outcome).toMatchObject({ attemptEndedAtMs: START_MS + 500 });
  });

  test("leaves the other batches alone", async () => {
    const bad = record(2).recordId;
    const invoker = invokerOf((event) =>
      event.records[0]!.recordId === bad ? THROWN : echo(event),
    );
    const outcomes = await outcomesOf([SIX], invoker);
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
