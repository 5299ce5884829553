import { expect, test } from "vitest";
import { consumeFields, consumeMetrics } from "../../../src/consumer/metrics.ts";

const RUN = {
  mappingUuid: "14e0db71-5d35-4eb5-b481-8945cf9d10c2",
  functionArn: "arn:aws:lambda:us-east-1:123456789012:function:resize:live",
  streamName: "clicks",
  shardId: "shardId-000000000000",
  batchCount: 4,
  recordCount: 300,
  failureCount: 2,
  refusedCount: 1,
  givenUpCount: 7,
};

test("a run is told in AWS's words, under the function's name and the mapping", () => {
  expect(consumeMetrics({ ...RUN, iteratorAgeMs: 40 })).toMatchObject({
    set: { namespace: "Hydrant" },
    dimensions: { FunctionName: "resize", EventSourceMappingUUID: RUN.mappingUuid },
    values: {
      Invocations: 4,
      Errors: 2,
      Throttles: 1,
      InvokedEventCount: 300,
      DroppedEventCount: 7,
      IteratorAge: 40,
    },
  });
  expect(consumeFields({ ...RUN, problem: "PROBLEM: Function call failed" })).toEqual({
    streamName: "clicks",
    shardId: "shardId-000000000000",
    problem: "PROBLEM: Function call failed",
  });
});

test("a run without a batch has no age", () => {
  expect(consumeMetrics(RUN).values.IteratorAge).toBeUndefined();
});
