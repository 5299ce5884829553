/** AWS's quotas on delivery streams: their number, and how often they are managed. */
import { expect, test } from "vitest";
import { CONTROL_CALLS_PER_SECOND } from "../../../../src/limits.ts";
import { memoryReadWindows } from "../../../../src/storage/memory/read-windows.ts";
import { createRequest, harness } from "./harness.ts";

const named = (DeliveryStreamName: string) => createRequest({}, { DeliveryStreamName });

test("there are no more streams than the deployment says, until one is deleted", async () => {
  const { call } = harness({ deliveryStreamsMaxCount: 2 });
  await call("CreateDeliveryStream", named("a"));
  await call("CreateDeliveryStream", named("b"));
  expect(await call("CreateDeliveryStream", named("c"))).toEqual({
    error: {
      name: "LimitExceededException",
      message: "You have already consumed your firehose quota of 2 hoses. Firehose names: [a, b]",
    },
  });
  expect((await call("CreateDeliveryStream", named("b"))).error?.name).toBe(
    "ResourceInUseException",
  );
  expect((await call("CreateDeliveryStream", createRequest({ BucketARN: "no" }))).error?.name).toBe(
    "ValidationException",
  );
  await call("DeleteDeliveryStream", { DeliveryStreamName: "a" });
  expect((await call("CreateDeliveryStream", named("c"))).error).toBeUndefined();
});

test("under AWS's limits each operation is taken five times a second, and puts are not counted", async () => {
  const { call, advance } = harness({ controlWindows: memoryReadWindows() });
  await call("CreateDeliveryStream", createRequest());
  advance(1000);
  const describe = () => call("DescribeDeliveryStream", { DeliveryStreamName: "access-logs" });
  for (let i = 0; i < CONTROL_CALLS_PER_SECOND; i++)
    expect(await describe()).toHaveProperty("value");
  expect(await describe()).toEqual({
    error: { name: "ThrottlingException", message: "Rate exceeded" },
  });
  expect(await call("ListDeliveryStreams", {})).toHaveProperty("value");
  for (let i = 0; i <= CONTROL_CALLS_PER_SECOND; i++) {
    const put = { DeliveryStreamName: "access-logs", Record: { Data: "" } };
    expect(await call("PutRecord", put)).toHaveProperty("value");
  }
  advance(1000);
  expect(await describe()).toHaveProperty("value");
});
