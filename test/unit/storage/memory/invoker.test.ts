import { expect, test } from "vitest";
import { memoryInvoker, TimedOut } from "../../../../src/storage/memory/invoker.ts";

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:f";

test("hands the event to the function and its answer back, both as JSON", async () => {
  const invoker = memoryInvoker({ [ARN]: async (event) => ({ seen: event, at: new Date(0) }) });
  expect(await invoker.invoke(ARN, '{"n":1}')).toEqual({
    kind: "returned",
    payload: '{"seen":{"n":1},"at":"1970-01-01T00:00:00.000Z"}',
  });
});

test("answers null for a function that returns nothing", async () => {
  const invoker = memoryInvoker({ [ARN]: () => undefined });
  expect(await invoker.invoke(ARN, "{}")).toEqual({ kind: "returned", payload: "null" });
});

test("tells a function that throws from one that ran out of time", async () => {
  const errors = [new Error("boom"), new TimedOut("Task timed out after 3.00 seconds")];
  const invoker = memoryInvoker({
    [ARN]() {
      throw errors.shift()!;
    },
  });
  expect(await invoker.invoke(ARN, "{}")).toEqual({
    kind: "failed",
    timedOut: false,
    message: "boom",
  });
  expect(await invoker.invoke(ARN, "{}")).toMatchObject({ kind: "failed", timedOut: true });
});

test("refuses a function that does not exist", async () => {
  expect(await memoryInvoker({}).invoke(ARN, "{}")).toMatchObject({
    kind: "refused",
    code: "Lambda.ResourceNotFound",
  });
});

test("keeps Lambda's payload limit in both directions", async () => {
  const large = "x".repeat(6 * 1024 * 1024);
  const invoker = memoryInvoker({ [ARN]: () => large });
  expect(await invoker.invoke(ARN, JSON.stringify(large))).toMatchObject({ kind: "refused" });
  expect(await invoker.invoke(ARN, "{}")).toMatchObject({ kind: "failed", timedOut: false });
});
