import { describe, expect, it, test } from "vitest";
import { consumerReaderId } from "../../../../src/consumer/mapping.ts";
import type { Progress } from "../../../../src/consumer/progress.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import { invalid, NOW_MS, REGION, TRANSITION_MS } from "../kinesis/harness.ts";
import { FUNCTION_ARN, harness, invalidParameter, STREAM_ARN } from "./harness.ts";

const CREATED_SECONDS = (NOW_MS + TRANSITION_MS) / 1000;
const NOT_FOUND = {
  error: {
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  },
};

async function created(members: object = {}) {
  const made = await harness();
  const { value } = await made.create(members);
  await made.settle();
  const UUID: string = value.UUID;
  return {
    ...made,
    UUID,
    get: async () => (await made.call("GetEventSourceMapping", { UUID })).value,
    update: (change: object) => made.call("UpdateEventSourceMapping", { UUID, ...change }),
  };
}

describe("CreateEventSourceMapping", () => {
  it("answers Lambda's defaults, and is Enabled once it is settled", async () => {
    const { create, call, settle, sent } = await harness();
    const { value } = await create();
    const expected = {
      UUID: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/),
      EventSourceMappingArn: `arn:aws:lambda:${REGION}:123456789012:event-source-mapping:${value.UUID}`,
      EventSourceArn: STREAM_ARN,
      FunctionArn: FUNCTION_ARN,
      StartingPosition: "LATEST",
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 1,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      TumblingWindowInSeconds: 0,
      FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: {} },
      Deaggregate: false,
      State: "Creating",
      StateTransitionReason: "User action",
      LastModified: CREATED_SECONDS,
      LastProcessingResult: "No records processed",
    };
    expect(value).toEqual(expected);
    expect(sent).toEqual([value.UUID]);
    await settle();
    const { UUID } = value;
    expect((await call("GetEventSourceMapping", { UUID })).value).toEqual({
      ...expected,
      State: "Enabled",
    });
  });

  it("and every change brings the sweep, should its message not be sent", async () => {
    const dying = await harness({
      mappingQueue: {
        async send() {
          throw new Error("died");
        },
      },
    });
    await expect(dying.create()).rejects.toThrow("died");
    expect(dying.isSweepOn()).toBe(true);
    const { UUID, isSweepOn, turnSweepOff, call } = await created();
    turnSweepOff();
    await call("DeleteEventSourceMapping", { UUID });
    expect(isSweepOn()).toBe(true);
  });

  it("keeps everything that is asked for", async () => {
    const members = {
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 300,
      ParallelizationFactor: 10,
      MaximumRetryAttempts: 0,
      MaximumRecordAgeInSeconds: 60,
      BisectBatchOnFunctionError: true,
      TumblingWindowInSeconds: 900,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:eu-west-1:123456789012:dead" } },
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["click"]}}' }] },
      StartingPosition: "AT_TIMESTAMP",
      StartingPositionTimestamp: CREATED_SECONDS - 0.5,
      Deaggregate: true,
    };
    const { get } = await created({ ...members, Enabled: false });
    expect(await get()).toMatchObject({ ...members, State: "Disabled" });
  });

  test.each([
    ["clean", "clean"],
    ["clean:PROD", "clean:PROD"],
    ["clean:$LATEST", "clean:$LATEST"],
    ["123456789012:function:clean", "clean"],
    ["function:clean:7", "clean:7"],
    [FUNCTION_ARN, "clean"],
    [`${FUNCTION_ARN}:PROD`, "clean:PROD"],
  ])("takes the function %s", async (FunctionName, name) => {
    const { create } = await harness();
    const { value } = await create({ FunctionName });
    expect(value.FunctionArn).toBe(`arn:aws:lambda:${REGION}:123456789012:function:${name}`);
  });

  it("refuses a function of another region", async () => {
    const { create } = await harness();
    const FunctionName = FUNCTION_ARN.replace(REGION, "us-east-1");
    expect(await create({ FunctionName })).toEqual(
      invalidParameter(`Functions must be in the region ${REGION}, got ${FunctionName}.`),
    );
  });

  it("takes a registered consumer as the source, and refuses one that is not", async () => {
    const { create, callKinesis } = await harness();
    const { value } = await callKinesis("RegisterStreamConsumer", {
      StreamARN: STREAM_ARN,
      ConsumerName: "app",
    });
    const EventSourceArn: string = value.Consumer.ConsumerARN;
    expect((await create({ EventSourceArn })).value).toMatchObject({ EventSourceArn });
    const other = EventSourceArn.replace("/app:", "/other:");
    expect(await create({ EventSourceArn: other })).toEqual(
      invalidParameter(`Stream consumer not found: ${other}`),
    );
  });

  test.each([
    ["no stream of that name", STREAM_ARN.replace("clicks", "none")],
    ["another region", STREAM_ARN.replace(REGION, "us-east-1")],
    ["another account", STREAM_ARN.replace("123456789012", "000000000000")],
  ])("does not find a stream: %s", async (_, EventSourceArn) => {
    const { create } = await harness();
    expect(await create({ EventSourceArn })).toEqual(
      invalidParameter(`Stream not found: ${EventSourceArn}`),
    );
  });

  it("refuses what is no stream's ARN, and other services by name", async () => {
    const { create } = await harness();
    const unrecognized = invalidParameter("Unrecognized event source.");
    expect(await create({ EventSourceArn: undefined })).toEqual(unrecognized);
    expect(await create({ EventSourceArn: STREAM_ARN.replace("stream/", "") })).toEqual(
      unrecognized,
    );
    const queue = "arn:aws:sqs:eu-west-1:123456789012:queue";
    expect(await create({ EventSourceArn: queue })).toEqual(
      invalidParameter(
        "EventSourceArn of sqs is not offered by Hydrant: mappings read Kinesis data streams",
      ),
    );
  });

  it("refuses a second mapping of a source and function", async () => {
    const { create, call } = await harness();
    const { value } = await create({ FunctionName: "clean:PROD" });
    expect(await create({ FunctionName: `${FUNCTION_ARN}:PROD` })).toEqual({
      error: {
        name: "ResourceConflictException",
        message: `The event source arn (" ${STREAM_ARN} ") and function (" clean:PROD ") provided mapping already exists. Please update or delete the existing mapping with UUID ${value.UUID}`,
      },
    });
    expect((await create()).value.FunctionArn).toBe(FUNCTION_ARN);
    expect((await call("ListEventSourceMappings", {})).value.EventSourceMappings).toHaveLength(2);
  });

  test.each([
    [
      { StartingPosition: undefined },
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    ],
    [{ StartingPosition: "AT_TIMESTAMP" }, "Need to specify a timestamp"],
    [
      { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: CREATED_SECONDS + 1 },
      "StartingPositionTimestamp must not be in the future, got 2026-07-13T14:05:08.289Z.",
    ],
    [
      { StartingPositionTimestamp: CREATED_SECONDS },
      "StartingPositionTimestamp goes with AT_TIMESTAMP, got LATEST.",
    ],
    [
      { MaximumRecordAgeInSeconds: 59 },
      "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
    ],
    [
      { DestinationConfig: { OnSuccess: { Destination: "arn:aws:sqs:eu-west-1:123456789012:q" } } },
      "Unsupported DestinationConfig parameter for given event source mapping type.",
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:sns:eu-west-1:123456789012:t" } } },
      "The destination arn:aws:sns:eu-west-1:123456789012:t is not offered by Hydrant: name a standard queue of SQS or a bucket",
    ],
    [
      {
        DestinationConfig: {
          OnFailure: { Destination: "arn:aws:sqs:eu-west-1:123456789012:q.fifo" },
        },
      },
      "The destination arn:aws:sqs:eu-west-1:123456789012:q.fifo is not offered by Hydrant: name a standard queue of SQS or a bucket",
    ],
    [
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:123456789012:q" } } },
      "Destinations must be in the region eu-west-1, got arn:aws:sqs:us-east-1:123456789012:q.",
    ],
    [
      { FilterCriteria: { Filters: [{ Pattern: '{"data":"text"}' }] } },
      "Invalid filter pattern definition. data must be an object",
    ],
    [
      { FilterCriteria: { Filters: [{}] } },
      "Invalid filter pattern definition. a pattern is a JSON object",
    ],
    [
      { FilterCriteria: { Filters: Array.from({ length: 11 }, () => ({ Pattern: "{}" })) } },
      "A mapping may have at most 10 filters, got 11.",
    ],
    [
      { ScalingConfig: { MaximumConcurrency: 2 } },
      "Unsupported ScalingConfig parameter for given event source mapping type.",
    ],
    [{ Queues: ["q"] }, "Unsupported Queues parameter for given event source mapping type."],
    [{ Tags: { team: "a" } }, "Tags is not offered by Hydrant: mappings have no tags"],
  ])("refuses %j", async (members, message) => {
    const { create, sent } = await harness();
    expect(await create(members)).toEqual(invalidParameter(message));
    expect(sent).toEqual([]);
  });

  it("lets empty members pass that say nothing", async () => {
    const { create } = await harness();
    const empty = {
      Tags: {},
      Queues: [],
      KMSKeyArn: "",
      FilterCriteria: {},
      DestinationConfig: { OnFailure: { Destination: "" } },
    };
    const { value } = await create(empty);
    expect(value).toMatchObject({ DestinationConfig: { OnFailure: {} } });
    expect(value).not.toHaveProperty("FilterCriteria");
  });

  test.each([
    "arn:aws:sqs:eu-west-1:123456789012:",
    "arn:aws:sqs:eu-west-1::failures",
    "arn:aws:sqs:eu-west-1:123456789012:failures:7",
    "arn:aws:s3:::",
    "arn:aws:s3:::failures/of/orders",
    "arn:aws:s3:eu-west-1:123456789012:accesspoint/failures",
  ])("refuses the destination %s, to which nothing could be reported", async (Destination) => {
    const { create } = await harness();
    expect(await create({ DestinationConfig: { OnFailure: { Destination } } })).toEqual(
      invalidParameter(`The destination ARN ${Destination} is invalid.`),
    );
  });

  it("refuses values out of bounds all at once", async () => {
    const { create } = await harness();
    expect(await create({ BatchSize: 10_001, StartingPosition: "FIRST" })).toEqual(
      invalid(
        "Value 'FIRST' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
        "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000",
      ),
    );
  });
});

describe("GetEventSourceMapping", () => {
  it("does not find what is not there", async () => {
    const { call } = await harness();
    expect(await call("GetEventSourceMapping", { UUID: "none" })).toEqual(NOT_FOUND);
  });

  it("says what became of the last batch", async () => {
    const { get, mappings, UUID } = await created();
    await mappings.noteResult(UUID, { kind: "ok" });
    expect((await get()).LastProcessingResult).toBe("OK");
    await mappings.noteResult(UUID, { kind: "problem", message: "PROBLEM: Function call failed" });
    expect((await get()).LastProcessingResult).toBe("PROBLEM: Function call failed");
  });
});

describe("UpdateEventSourceMapping", () => {
  it("changes what is named and nothing else", async () => {
    const { get, update, advance } = await created({ BatchSize: 7, MaximumRetryAttempts: 3 });
    const before = await get();
    advance(1000);
    const { value } = await update({ MaximumBatchingWindowInSeconds: 5 });
    expect(value).toEqual({
      ...before,
      MaximumBatchingWindowInSeconds: 5,
      State: "Updating",
      LastModified: before.LastModified + 1,
    });
  });

  it("takes options back", async () => {
    const { get, update, settle, mappings, UUID } = await created({
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 60,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failures" } },
      FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["a"]}' }] },
      Deaggregate: true,
    });
    await update({
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: {} },
      FilterCriteria: { Filters: [] },
      Deaggregate: false,
    });
    await settle();
    const value = await get();
    expect(value).toMatchObject({
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: {} },
      Deaggregate: false,
      State: "Enabled",
    });
    expect(value).not.toHaveProperty("FilterCriteria");
    for (const option of ["maximumRetryCount", "maximumRecordAgeSeconds", "onFailureArn"]) {
      expect(await mappings.get(UUID)).not.toHaveProperty(option);
    }
  });

  it("disables and enables", async () => {
    const { get, update, settle } = await created();
    expect((await update({ Enabled: false })).value.State).toBe("Disabling");
    await settle();
    expect((await get()).State).toBe("Disabled");
    expect((await update({ BatchSize: 5 })).value.State).toBe("Updating");
    await settle();
    expect((await get()).State).toBe("Disabled");
    expect((await update({ Enabled: true })).value.State).toBe("Enabling");
    await settle();
    expect((await get()).State).toBe("Enabled");
  });

  it("gives it another function, unless that one has a mapping of the source", async () => {
    const { update, create, settle } = await created();
    const { value } = await create({ FunctionName: "other" });
    await settle();
    expect((await update({ FunctionName: "other" })).error).toEqual({
      name: "ResourceConflictException",
      message: expect.stringContaining(value.UUID),
    });
    expect((await update({ FunctionName: "third" })).value.FunctionArn).toMatch(/:third$/);
    expect((await create({ FunctionName: "clean" })).value.FunctionArn).toBe(FUNCTION_ARN);
  });

  it("is refused while the mapping is made or removed", async () => {
    const { create, call } = await harness();
    const { UUID } = (await create()).value;
    const inUse = {
      error: {
        name: "ResourceInUseException",
        message: "Cannot update the event source mapping because it is in use.",
      },
    };
    expect(await call("UpdateEventSourceMapping", { UUID })).toEqual(inUse);
    await call("DeleteEventSourceMapping", { UUID });
    expect(await call("UpdateEventSourceMapping", { UUID })).toEqual(inUse);
  });

  it("refuses values that no mapping can have, and changes nothing then", async () => {
    const { update, get } = await created();
    const before = await get();
    expect(await update({ MaximumRecordAgeInSeconds: 1, BatchSize: 5 })).toHaveProperty("error");
    expect(await update({ FilterCriteria: { Filters: [{ Pattern: "x" }] } })).toHaveProperty(
      "error",
    );
    expect(await get()).toEqual(before);
  });
});

describe("DeleteEventSourceMapping", () => {
  it("answers Deleting, and the mapping is gone once that is done", async () => {
    const { call, settle, UUID, create, update } = await created();
    await update({ BatchSize: 5 });
    expect((await call("DeleteEventSourceMapping", { UUID })).value.State).toBe("Deleting");
    expect((await call("DeleteEventSourceMapping", { UUID })).value.State).toBe("Deleting");
    expect((await create()).error?.name).toBe("ResourceConflictException");
    await settle();
    expect(await call("GetEventSourceMapping", { UUID })).toEqual(NOT_FOUND);
    expect(await call("DeleteEventSourceMapping", { UUID })).toEqual(NOT_FOUND);
    expect((await create()).value.State).toBe("Creating");
  });
});

describe("ListEventSourceMappings", () => {
  async function several() {
    const made = await harness();
    await made.callKinesis("CreateStream", { StreamName: "views", ShardCount: 1 });
    const views = STREAM_ARN.replace("clicks", "views");
    for (let i = 0; i < 5; i++) await made.create({ FunctionName: `f${i}` });
    await made.create({ EventSourceArn: views, FunctionName: "f0" });
    return { ...made, views };
  }

  it("goes through all of them page by page", async () => {
    const { call } = await several();
    const seen: string[] = [];
    const sizes: number[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call("ListEventSourceMappings", { MaxItems: 2, Marker });
      seen.push(...value.EventSourceMappings.map(({ UUID }: { UUID: string }) => UUID));
      sizes.push(value.EventSourceMappings.length);
      Marker = value.NextMarker;
    } while (Marker !== undefined);
    expect(sizes).toEqual([2, 2, 2]);
    expect(new Set(seen).size).toBe(6);
  });

  it("of a source, of a function, and of both", async () => {
    const { call, views } = await several();
    const found = async (request: object) => {
      const { value } = await call("ListEventSourceMappings", request);
      expect(value).not.toHaveProperty("NextMarker");
      return value.EventSourceMappings.length;
    };
    expect(await found({ EventSourceArn: STREAM_ARN })).toBe(5);
    expect(await found({ FunctionName: "f0" })).toBe(2);
    expect(await found({ FunctionName: "f0", EventSourceArn: views, MaxItems: 1 })).toBe(1);
    for (const FunctionName of ["f1", "f2", "f3", "f4"]) {
      expect(await found({ FunctionName, MaxItems: 1 })).toBe(1);
      expect(await found({ FunctionName, EventSourceArn: views })).toBe(0);
    }
  });
});

describe("DescribeEventSourceMappingProgress", () => {
  it("tells of every shard that is read, page by page", async () => {
    const { call, UUID, callKinesis, settle } = await created({ StartingPosition: "TRIM_HORIZON" });
    await callKinesis("PutRecord", { StreamName: "clicks", PartitionKey: "a", Data: "aGk=" });
    await settle();
    const pages: unknown[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call("DescribeEventSourceMappingProgress", {
        UUID,
        MaxItems: 1,
        Marker,
      });
      pages.push(value.Shards);
      Marker = value.NextMarker;
    } while (Marker !== undefined);
    const shard = (index: number, RecordsBehind: number) => ({
      ShardId: `shardId-00000000000${index}`,
      State: "reading",
      RecordsBehind,
      IteratorAgeMilliseconds: 0,
    });
    expect(pages).toEqual([[shard(0, 1)], [shard(1, 0)]]);
  });

  it("does not find what is not there, and has no shards before they are opened", async () => {
    const { call, create } = await harness();
    expect(await call("DescribeEventSourceMappingProgress", { UUID: "none" })).toEqual(NOT_FOUND);
    const { UUID } = (await create()).value;
    expect(await call("DescribeEventSourceMappingProgress", { UUID })).toEqual({
      value: { Shards: [] },
    });
  });

  it("shows the error of a batch that is tried again", async () => {
    const { call, UUID } = await withRetry();
    const { value } = await call("DescribeEventSourceMappingProgress", { UUID });
    expect(value.Shards).toEqual([
      expect.objectContaining({
        ShardId: "shardId-000000000000",
        NextRetry: CREATED_SECONDS + 5,
        LastError: "boom",
      }),
      expect.not.objectContaining({ LastError: "boom" }),
    ]);
  });
});

/** A mapping whose first shard waits to try a batch again. */
async function withRetry() {
  const made = await created();
  const stream = (await made.dataStreams.get("clicks"))!;
  const shard = dataShardKey(stream, 0);
  const readerId = consumerReaderId(made.UUID);
  const claim = { token: "t", nowMs: 0, untilMs: 1 };
  const acquired = await made.readers.acquire(shard, readerId, claim);
  if (acquired.kind !== "acquired") throw new Error(acquired.kind);
  const place = { blockIndex: 0, byteOffset: 0, recordOffset: 0 };
  const retryAtMs = CREATED_SECONDS * 1000 + 5000;
  const retry = { pieceEnds: [], attemptCount: 1, failureCount: 1, retryAtMs, lastError: "boom" };
  const plan: Progress = { lanes: [{ next: [0, 0, 0], retry }] };
  await made.readers.moveOn(acquired.lease, { checkpoint: place, frontier: place, plan }, 1);
  return made;
}
