/** AWS's quotas on delivery streams: their number, and how often they are managed. */
import { expect, test } from "vitest";
import { CONTROL_CALLS_PER_SECOND } from "../../../../src/limits.ts";
import { createAppender } from "../../../../src/log/append.ts";
import { rememberSeconds } from "../../../../src/log/shard-seconds.ts";
import { openLanes } from "../../../../src/delivery/lane-change.ts";
import type { Measured } from "../../../../src/metrics.ts";
import { putQuotaOf } from "../../../../src/operations/firehose/quotas.ts";
import { systemRandom } from "../../../../src/random.ts";
import { memoryBodies } from "../../../../src/storage/memory/bodies.ts";
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

const PUT_QUOTA = { recordCount: 12, callCount: 6, byteCount: 1000 };
const NAME = { DeliveryStreamName: "access-logs" };
const SLOW_DOWN = { name: "ServiceUnavailableException", message: "Slow down." };
const dataOf = (byteCount: number) => ({ Data: Buffer.alloc(byteCount).toString("base64") });

/** Processes that put to one stream under a quota. */
async function putting({
  laneCount = 1,
  measure,
}: { laneCount?: number; measure?: () => void } = {}) {
  const rig = harness({ putQuota: PUT_QUOTA, ...(measure && { measure }) });
  const { call, context, deliveryStreams, log } = rig;
  await call("CreateDeliveryStream", createRequest());
  if (laneCount > 1)
    await openLanes(context, (await deliveryStreams.get("access-logs"))!, laneCount);
  context.streamCache.forget("access-logs");
  rig.advance(1000);
  const process = () => {
    const { clock } = context;
    const ports = { log: rememberSeconds(log, clock), bodies: memoryBodies(systemRandom) };
    const appender = createAppender({ ...ports, clock, random: systemRandom });
    return {
      put: (byteCount = 1) =>
        call("PutRecord", { ...NAME, Record: dataOf(byteCount) }, { appender }),
      async putBatch(count: number, byteCount = 1) {
        const Records = Array.from({ length: count }, () => dataOf(byteCount));
        return (await call("PutRecordBatch", { ...NAME, Records }, { appender })).value;
      },
    };
  };
  return { ...rig, process };
}

/** How many of the calls were taken. */
const takenOf = (answers: readonly { readonly value?: unknown }[]) =>
  answers.filter(({ value }) => value !== undefined).length;

test("under AWS's limits a stream takes so many calls a second from all processes, and says so", async () => {
  const { process, advance, deliveryStreams } = await putting();
  const [a, b, c] = [process(), process(), process()];
  for (let second = 0; second < 3; second++) {
    for (const each of [a, b, c, a, b, c]) expect(await each.put()).toHaveProperty("value");
    for (const each of [a, b, c]) expect(await each.put()).toEqual({ error: SLOW_DOWN });
    advance(1000);
  }
  // Calls that travel in one block are as many as others.
  const together = await Promise.all(Array.from({ length: 10 }, () => a.put()));
  expect(takenOf(together)).toBe(PUT_QUOTA.callCount);
  expect((await deliveryStreams.get("access-logs"))?.lanes?.open).toEqual([0]);
});

test("and so many records and bytes, a batch as a whole", async () => {
  const { process, advance } = await putting();
  const { put, putBatch } = process();
  expect(await putBatch(10)).toMatchObject({ FailedPutCount: 0 });
  expect(await putBatch(3)).toMatchObject({
    FailedPutCount: 3,
    RequestResponses: Array.from({ length: 3 }, () => ({
      ErrorCode: SLOW_DOWN.name,
      ErrorMessage: SLOW_DOWN.message,
    })),
  });
  expect(await putBatch(2)).toMatchObject({ FailedPutCount: 0 });
  advance(1000);
  expect(await put(900)).toHaveProperty("value");
  expect(await put(101)).toEqual({ error: SLOW_DOWN });
  expect(await put(100)).toHaveProperty("value");
  // More than a second's worth is taken, and waited off.
  advance(1000);
  expect(await put(3500)).toHaveProperty("value");
  for (let second = 1; second < 4; second++) {
    advance(1000);
    expect(await put(600)).toEqual({ error: SLOW_DOWN });
  }
  advance(1000);
  expect(await put(600)).toHaveProperty("value");
});

test("the quota is the stream's, however many lanes it has", async () => {
  const { process, advance, deliveryStreams } = await putting({ laneCount: 3 });
  expect((await deliveryStreams.get("access-logs"))?.lanes?.open).toHaveLength(3);
  const { put } = process();
  for (let second = 0; second < 3; second++) {
    const answers = [];
    for (let i = 0; i < 3 * PUT_QUOTA.callCount; i++) answers.push(await put());
    expect(takenOf(answers)).toBe(PUT_QUOTA.callCount);
    advance(1000);
  }
});

test("the quota is measured beside what is put", async () => {
  let values: object | undefined;
  const { process } = await putting({
    measure: (...[measured]: readonly Measured[]) => void (values = measured?.values),
  });
  await process().put();
  expect(values).toMatchObject({
    IncomingRecords: 1,
    BytesPerSecondLimit: 1000,
    RecordsPerSecondLimit: 12,
    PutRequestsPerSecondLimit: 6,
  });
});

test("three regions have larger quotas than the others", () => {
  const MIB = 1024 * 1024;
  expect(putQuotaOf("eu-west-1")).toEqual({
    recordCount: 500_000,
    callCount: 2000,
    byteCount: 5 * MIB,
  });
  expect(putQuotaOf("eu-central-1")).toEqual({
    recordCount: 100_000,
    callCount: 1000,
    byteCount: MIB,
  });
});
