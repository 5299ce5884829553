/** What calls on delivery streams measure, under AWS's names. */
import { expect, test } from "vitest";
import { KEY_REFUSAL_MAX_AGE_MS } from "../../../../src/limits.ts";
import type { Measured } from "../../../../src/metrics.ts";
import { createRequest, harness } from "./harness.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function measuring(overrides: Parameters<typeof harness>[0] = {}) {
  let last: readonly Measured[] = [];
  const rig = harness({ ...overrides, measure: (...measured) => void (last = measured) });
  return {
    ...rig,
    measured() {
      const [{ set, dimensions, values } = fail(), ...others] = last;
      expect(others).toEqual([]);
      for (const name of Object.keys(values)) expect(set.units).toHaveProperty([name]);
      expect(set.namespace).toBe("Hydrant/Firehose");
      const { latency = fail() } = set;
      expect(set.units[latency]).toBe("Milliseconds");
      return { latency, of: set.dimensions.map((name) => dimensions[name]), values };
    },
  };
}

function fail(): never {
  throw new Error("nothing was measured");
}

const PUT = { DeliveryStreamName: "access-logs", Record: { Data: base64("four") } };
const BATCH = {
  DeliveryStreamName: "access-logs",
  Records: [{ Data: base64("one") }, { Data: base64("three") }],
};

test("what is stored counts as incoming, each call by its own name, too", async () => {
  const { call, measured } = measuring();
  await call("CreateDeliveryStream", createRequest());
  await call("PutRecord", PUT);
  expect(measured()).toEqual({
    latency: "PutRecord.Latency",
    of: ["access-logs"],
    values: {
      IncomingBytes: 4,
      IncomingRecords: 1,
      IncomingPutRequests: 1,
      "PutRecord.Bytes": 4,
      "PutRecord.Requests": 1,
    },
  });
  await call("PutRecordBatch", BATCH);
  expect(measured()).toEqual({
    latency: "PutRecordBatch.Latency",
    of: ["access-logs"],
    values: {
      IncomingBytes: 8,
      IncomingRecords: 2,
      IncomingPutRequests: 1,
      "PutRecordBatch.Bytes": 8,
      "PutRecordBatch.Records": 2,
      "PutRecordBatch.Requests": 1,
    },
  });
});

test("what is throttled counts as that, and not as incoming", async () => {
  const { call, measured } = measuring({
    appender: { append: () => Promise.resolve({ kind: "throttled" }) },
  });
  await call("CreateDeliveryStream", createRequest());
  await call("PutRecord", PUT);
  expect(measured().values).toEqual({
    ThrottledRecords: 1,
    "PutRecord.Bytes": 4,
    "PutRecord.Requests": 1,
  });
  await call("PutRecordBatch", BATCH);
  expect(measured().values).toMatchObject({ ThrottledRecords: 2, "PutRecordBatch.Records": 2 });
  expect(measured().values).not.toHaveProperty("IncomingRecords");
});

test("calls that look at streams or change them are counted, the list for no stream", async () => {
  const { call, measured } = measuring();
  await call("CreateDeliveryStream", createRequest());
  await call("DescribeDeliveryStream", { DeliveryStreamName: "access-logs" });
  expect(measured()).toEqual({
    latency: "DescribeDeliveryStream.Latency",
    of: ["access-logs"],
    values: { "DescribeDeliveryStream.Requests": 1 },
  });
  await call("ListDeliveryStreams", {});
  expect(measured()).toMatchObject({ latency: "ListDeliveryStreams.Latency", of: [] });
  await call("UpdateDestination", {
    DeliveryStreamName: "access-logs",
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    ExtendedS3DestinationUpdate: {},
  });
  expect(measured()).toMatchObject({
    latency: "UpdateDeliveryStream.Latency",
    of: ["access-logs"],
    values: { "UpdateDeliveryStream.Requests": 1 },
  });
});

test("a put that is refused for its stream's key counts under the reason that AWS has a metric for", async () => {
  let last: readonly Measured[] = [];
  const { call, keys, advance } = harness({ measure: (...measured) => void (last = measured) });
  const encrypted = {
    DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
  };
  await call("CreateDeliveryStream", createRequest({}, encrypted));
  advance(24 * 3_600_000);
  for (const [reason, name] of [
    ["AccessDeniedException", "KMSKeyAccessDenied"],
    ["DisabledException", "KMSKeyDisabled"],
    ["KMSInvalidStateException", "KMSKeyInvalidState"],
    ["NotFoundException", "KMSKeyNotFound"],
  ] as const) {
    keys.refuse("", reason);
    advance(KEY_REFUSAL_MAX_AGE_MS);
    for (const request of [() => call("PutRecord", PUT), () => call("PutRecordBatch", BATCH)]) {
      last = [];
      expect((await request()).error?.name).toBe("InvalidKMSResourceException");
      expect(last).toEqual([
        {
          set: expect.objectContaining({ namespace: "Hydrant/Firehose" }),
          dimensions: { DeliveryStreamName: "access-logs" },
          values: { [name]: 1 },
        },
      ]);
    }
  }
  keys.refuse("", "OptInRequired");
  advance(KEY_REFUSAL_MAX_AGE_MS);
  last = [];
  await call("PutRecord", PUT);
  expect(last).toEqual([]);
});
