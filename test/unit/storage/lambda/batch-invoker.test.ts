import { InvokeCommand, LambdaClient, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../../src/clock.ts";
import { FUNCTION_ERROR_MAX_LENGTH, FUNCTION_TIMEOUT_MAX_MS } from "../../../../src/limits.ts";
import { lambdaBatchInvoker } from "../../../../src/storage/lambda/batch-invoker.ts";

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:f:live";
const client = new LambdaClient({ region: "us-east-1" });
const lambda = mockClient(client);
const invoker = lambdaBatchInvoker(client, systemClock);
beforeEach(() => lambda.reset());

function answer(payload: string, functionError?: string) {
  lambda.on(InvokeCommand).resolves({
    StatusCode: 200,
    ExecutedVersion: "7",
    Payload: Buffer.from(payload) as never,
    $metadata: { requestId: "request-1" },
    ...(functionError !== undefined && { FunctionError: functionError }),
  });
}

const FACTS = { requestId: "request-1", statusCode: 200, executedVersion: "7" };

test("hands the batch to the function, and its answer back with what Lambda says of it", async () => {
  answer('{"batchItemFailures":[]}');
  expect(await invoker.invoke(ARN, '{"Records":[]}')).toEqual({
    kind: "returned",
    payload: '{"batchItemFailures":[]}',
    facts: FACTS,
  });
  expect(lambda.call(0).args[0].input).toEqual({
    FunctionName: ARN,
    InvocationType: "RequestResponse",
    Payload: Buffer.from('{"Records":[]}'),
  });
});

test("a function that answers nothing has returned", async () => {
  lambda.on(InvokeCommand).resolves({ $metadata: { requestId: "request-1" } });
  expect(await invoker.invoke(ARN, "{}")).toEqual({
    kind: "returned",
    payload: "",
    facts: { ...FACTS, executedVersion: "$LATEST" },
  });
});

test("tells how the function failed, in so many words", async () => {
  answer('{"errorMessage":"boom","errorType":"Error"}', "Unhandled");
  expect(await invoker.invoke(ARN, "{}")).toEqual({
    kind: "failed",
    functionError: "Unhandled",
    message: "boom",
    facts: FACTS,
  });
  answer(JSON.stringify({ errorMessage: "x".repeat(100_000) }), "Unhandled");
  expect(await invoker.invoke(ARN, "{}")).toMatchObject({
    message: "x".repeat(FUNCTION_ERROR_MAX_LENGTH),
  });
});

test("tells a refusal from a failure", async () => {
  const error = new TooManyRequestsException({ message: "slow down", $metadata: {} });
  lambda.on(InvokeCommand).rejects(error);
  expect(await invoker.invoke(ARN, "{}")).toEqual({
    kind: "refused",
    code: "Lambda.InvokeLimitExceeded",
    message: "slow down",
  });
});

test("waits for as long as a function may run, and then counts nothing against it", async () => {
  const sleeps: number[] = [];
  const clock = {
    now: () => 0,
    async sleep(durationMs: number) {
      sleeps.push(durationMs);
    },
  };
  // Settles with the abort alone, as a request does.
  lambda.on(InvokeCommand).callsFake(async () => {
    await Promise.resolve();
    throw Object.assign(new Error("aborted"), { name: "AbortError" });
  });
  expect(await lambdaBatchInvoker(client, clock).invoke(ARN, "{}")).toMatchObject({
    kind: "refused",
    code: "Lambda.NoAnswer",
  });
  expect(sleeps).toEqual([FUNCTION_TIMEOUT_MAX_MS]);
});
