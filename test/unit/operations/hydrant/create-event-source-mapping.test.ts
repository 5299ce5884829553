import { describe, expect, it, test } from "vitest";
import { MAPPING_DEFAULTS } from "../../../helpers/mapping-defaults.ts";
import { invalid, REGION } from "../kinesis/harness.ts";
import {
  createdMapping,
  CREATED_SECONDS,
  FUNCTION_ARN,
  harness,
  invalidParameter,
  STREAM_ARN,
} from "./harness.ts";

describe("CreateEventSourceMapping", () => {
  it("answers Lambda's defaults, and is Enabled once it is settled", async () => {
    const { create, call, settle, sent } = await harness();
    const { value } = await create();
    const expected = {
      UUID: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/),
      EventSourceMappingArn: `arn:aws:lambda:${REGION}:123456789012:event-source-mapping:${value.UUID}`,
      EventSourceArn: STREAM_ARN,
      FunctionArn: FUNCTION_ARN,
      ...MAPPING_DEFAULTS,
      LastModified: CREATED_SECONDS,
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

  it("is refused where there are as many as may be, until one is gone", async () => {
    const { create, call, settle } = await harness({ mappingsMaxCount: 2 });
    const [first] = [await create({ FunctionName: "one" }), await create({ FunctionName: "two" })];
    await settle();
    expect(await create({ FunctionName: "three" })).toEqual({
      error: {
        name: "LimitExceededException",
        message:
          "There are 2 event source mappings, which is the limit. Delete one that is not needed, or raise the deployment's parameter eventSourceMappings.",
      },
    });
    await call("DeleteEventSourceMapping", { UUID: first.value.UUID });
    await settle();
    expect((await create({ FunctionName: "three" })).value.State).toBe("Creating");
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
    const { UUID, isSweepOn, turnSweepOff, call } = await createdMapping();
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
    const { get } = await createdMapping({ ...members, Enabled: false });
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
