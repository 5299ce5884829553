/** What calls on data streams measure, under AWS's names, and of shards only what is asked for. */
import { expect, test } from "vitest";
import type { Measured } from "../../../../src/metrics.ts";
import { kinesisService } from "../../../../src/operations/kinesis/index.ts";
import { memoryReadWindows } from "../../../../src/storage/memory/read-windows.ts";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import type { EventStream } from "../../../../src/wire/event-stream.ts";
import { decodeJson } from "../../../../src/wire/json.ts";
import { arnOf, harness } from "./harness.ts";

const SHARD_0 = "shardId-000000000000";
const SHARD_1 = "shardId-000000000001";
const FIRST_HALF = "0";
const SECOND_HALF = String(2n ** 127n);

async function measuring(overrides: Parameters<typeof harness>[0] = {}, ShardCount = 1) {
  let last: readonly Measured[] = [];
  const measure = (...measured: readonly Measured[]) => void (last = measured);
  const rig = harness({ ...overrides, measure });
  await rig.create("s", { ShardCount });
  const record = (text: string, ExplicitHashKey = FIRST_HALF) => ({
    PartitionKey: "key",
    ExplicitHashKey,
    Data: Buffer.from(text).toString("base64"),
  });
  return {
    ...rig,
    measure,
    record,
    put: (text: string) => rig.call("PutRecord", { StreamName: "s", ...record(text) }),
    monitor: (...ShardLevelMetrics: readonly string[]) =>
      rig
        .call("EnableEnhancedMonitoring", { StreamName: "s", ShardLevelMetrics })
        .then(() => rig.advance(1000)),
    async iterator() {
      const ShardIteratorType = "TRIM_HORIZON";
      const request = { StreamName: "s", ShardId: SHARD_0, ShardIteratorType };
      return (await rig.call("GetShardIterator", request)).value.ShardIterator as string;
    },
    measured: () =>
      last.map(({ set, dimensions, values }) => {
        for (const name of Object.keys(values)) expect(set.units).toHaveProperty([name]);
        expect(set.namespace).toBe("Hydrant/Kinesis");
        expect(Object.keys(dimensions)).toEqual([...set.dimensions]);
        return { ...(set.latency !== undefined && { latency: set.latency }), dimensions, values };
      }),
  };
}

test("a record that is stored comes in with its key, and one that is refused does not", async () => {
  const { put, measured, call, record } = await measuring();
  await put("four");
  expect(measured()).toEqual([
    {
      latency: "PutRecord.Latency",
      dimensions: { StreamName: "s" },
      values: {
        IncomingBytes: 7,
        IncomingRecords: 1,
        "PutRecord.Bytes": 7,
        "PutRecord.Success": 1,
      },
    },
  ]);
  const Records = Array.from({ length: 500 }, () => record("x"));
  for (let i = 0; i < 2; i++) await call("PutRecords", { StreamName: "s", Records });
  await put("four");
  expect(measured()).toMatchObject([
    {
      values: {
        WriteProvisionedThroughputExceeded: 1,
        "PutRecord.Bytes": 7,
        "PutRecord.Success": 0,
      },
    },
  ]);
  expect(measured()[0]?.values).not.toHaveProperty("IncomingRecords");
});

test("records of one call are told apart by what became of them", async () => {
  const { call, put, measured, record } = await measuring({}, 2);
  for (let i = 0; i < 2; i++) {
    const Records = Array.from({ length: 500 }, () => record("x"));
    await call("PutRecords", { StreamName: "s", Records });
  }
  const Records = [record("a"), record("bb", SECOND_HALF), record("c")];
  await call("PutRecords", { StreamName: "s", Records });
  expect(measured()).toEqual([
    {
      latency: "PutRecords.Latency",
      dimensions: { StreamName: "s" },
      values: {
        IncomingBytes: 5,
        IncomingRecords: 1,
        WriteProvisionedThroughputExceeded: 2,
        "PutRecords.Bytes": 13,
        "PutRecords.TotalRecords": 3,
        "PutRecords.SuccessfulRecords": 1,
        "PutRecords.FailedRecords": 0,
        "PutRecords.ThrottledRecords": 2,
        "PutRecords.Success": 1,
      },
    },
  ]);
  await put("d");
  expect(measured()).toHaveLength(1);
});

test("shards are measured by themselves where enhanced monitoring asks, and for what it asks", async () => {
  const { call, iterator, measured, record, monitor } = await measuring({}, 2);
  await monitor("IncomingBytes", "OutgoingRecords");
  const Records = [record("a"), record("bb", SECOND_HALF), record("c")];
  await call("PutRecords", { StreamName: "s", Records });
  expect(measured().slice(1)).toEqual([
    { dimensions: { StreamName: "s", ShardId: SHARD_0 }, values: { IncomingBytes: 8 } },
    { dimensions: { StreamName: "s", ShardId: SHARD_1 }, values: { IncomingBytes: 5 } },
  ]);
  await call("GetRecords", { ShardIterator: await iterator() });
  expect(measured().slice(1)).toEqual([
    { dimensions: { StreamName: "s", ShardId: SHARD_0 }, values: { OutgoingRecords: 2 } },
  ]);
});

test("a read tells how much it took and how old the last record was", async () => {
  const { call, put, iterator, measured, advance } = await measuring();
  const ShardIterator = await iterator();
  await put("four");
  advance(2500);
  await call("GetRecords", { ShardIterator });
  const common = { latency: "GetRecords.Latency", dimensions: { StreamName: "s" } };
  expect(measured()).toEqual([
    {
      ...common,
      values: {
        "GetRecords.Bytes": 7,
        "GetRecords.Records": 1,
        "GetRecords.IteratorAgeMilliseconds": 2500,
        "GetRecords.Success": 1,
      },
    },
  ]);
});

test("a read that is refused for others counts as that", async () => {
  const { call, iterator, measured, monitor } = await measuring({
    readWindows: memoryReadWindows(),
  });
  await monitor("ALL");
  const ShardIterator = await iterator();
  for (let i = 0; i < 6; i++) await call("GetRecords", { ShardIterator });
  expect(measured()).toEqual([
    {
      latency: "GetRecords.Latency",
      dimensions: { StreamName: "s" },
      values: { ReadProvisionedThroughputExceeded: 1, "GetRecords.Success": 0 },
    },
    {
      dimensions: { StreamName: "s", ShardId: SHARD_0 },
      values: { ReadProvisionedThroughputExceeded: 1 },
    },
  ]);
});

test("a subscription is counted when it is over, and one that comes too soon when it is refused", async () => {
  const { call, context, put, measured, measure, advance } = await measuring();
  const { value } = await call("RegisterStreamConsumer", {
    StreamARN: arnOf("s"),
    ConsumerName: "c",
  });
  advance(1000);
  await put("four");
  const row = kinesisService.operations.get("SubscribeToShard");
  if (row?.kind !== "operation") throw new Error("SubscribeToShard is not offered");
  const input = decodeJson(row.input, {
    ConsumerARN: value.Consumer.ConsumerARN as string,
    ShardId: SHARD_0,
    StartingPosition: { Type: "TRIM_HORIZON" },
  });
  const push = { subscriptions: memorySubscriptions(), signal: new AbortController().signal };
  const output = await row.handle(input, { ...context, measure, push });
  await expect(row.handle(input, { ...context, measure, push })).rejects.toThrow("Rate exceeded");
  const dimensions = { StreamName: "s", ConsumerName: "c" };
  expect(measured()).toEqual([
    {
      dimensions,
      values: { "SubscribeToShard.RateExceeded": 1, "SubscribeToShard.Success": 0 },
    },
  ]);
  const { events, release } = output as EventStream;
  const reading = events[Symbol.asyncIterator]();
  await reading.next();
  await reading.return?.();
  await release();
  expect(measured()).toEqual([
    {
      dimensions,
      values: {
        "SubscribeToShard.Success": 1,
        "SubscribeToShardEvent.Bytes": 7,
        "SubscribeToShardEvent.Records": 1,
        "SubscribeToShardEvent.MillisBehindLatest": 0,
        "SubscribeToShardEvent.Success": 1,
      },
    },
  ]);
});
