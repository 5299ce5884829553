import { describe, expect, it } from "vitest";
import { MAPPING_DEFAULTS } from "../../helpers/mapping-defaults.ts";
import { arnOf, kinesisClient, newStream, uniqueName } from "../kinesis/client.ts";
import { call, expectRefusal, FUNCTION_ARN, newMapping, violation } from "./client.ts";
import { ACCOUNT_ID, REGION } from "../target.ts";

const create = (input: object) => call("CreateEventSourceMapping", input);

describe("CreateEventSourceMapping: serialization", () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await create({ FunctionName: "f", BatchSize: "7" }),
      "SerializationException",
      "class java.lang.String can not be converted to an Integer",
    );
    expectRefusal(
      await create({ FunctionName: "f", FilterCriteria: [] }),
      "SerializationException",
      "Start of list found where not expected",
    );
  });
});

describe("CreateEventSourceMapping: validation", () => {
  it.each([
    [{}, "Value null at 'functionName' failed to satisfy constraint: Member must not be null"],
    [
      { FunctionName: "f", BatchSize: 0 },
      "Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { FunctionName: "f", MaximumBatchingWindowInSeconds: 301 },
      "Value '301' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must have value less than or equal to 300",
    ],
    [
      { FunctionName: "f", ParallelizationFactor: 11 },
      "Value '11' at 'parallelizationFactor' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
    [
      { FunctionName: "f", MaximumRetryAttempts: -2 },
      "Value '-2' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value greater than or equal to -1",
    ],
    [
      { FunctionName: "f", MaximumRecordAgeInSeconds: 604_801 },
      "Value '604801' at 'maximumRecordAgeInSeconds' failed to satisfy constraint: Member must have value less than or equal to 604800",
    ],
    [
      { FunctionName: "f", TumblingWindowInSeconds: 901 },
      "Value '901' at 'tumblingWindowInSeconds' failed to satisfy constraint: Member must have value less than or equal to 900",
    ],
    [
      { FunctionName: "f", StartingPosition: "FIRST" },
      "Value 'FIRST' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    ],
  ])("refuses %j", async (input, text) => {
    expectRefusal(await create(input), "ValidationException", violation(text));
  });

  it("refuses a signature for another service", async () => {
    const { status, value } = await call("ListEventSourceMappings", {}, "kinesis");
    expect(status).toBe(400);
    expect(value).toMatchObject({ __type: "InvalidSignatureException" });
  });
});

describe("CreateEventSourceMapping: behaviour", () => {
  it("answers what it made, with Lambda's defaults", async () => {
    const name = await newStream(kinesisClient());
    const { status, value } = await newMapping(name);
    expect({ status, value }).toEqual({
      status: 200,
      value: {
        UUID: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        EventSourceMappingArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:event-source-mapping:${value.UUID}`,
        EventSourceArn: arnOf(name),
        FunctionArn: FUNCTION_ARN,
        ...MAPPING_DEFAULTS,
        LastModified: expect.any(Number) as number,
      },
    });
  });

  it("makes one mapping of a source and a function", async () => {
    const name = await newStream(kinesisClient());
    const { value } = await newMapping(name);
    expectRefusal(
      await newMapping(name, { FunctionName: FUNCTION_ARN }),
      "ResourceConflictException",
      `The event source arn (" ${arnOf(name)} ") and function (" nobody ") provided mapping already exists. Please update or delete the existing mapping with UUID ${value.UUID}`,
    );
    expect((await newMapping(name, { FunctionName: "nobody:PROD" })).status).toBe(200);
  });

  it("finds no stream that is not there", async () => {
    const EventSourceArn = arnOf(uniqueName());
    expectRefusal(
      await create({ EventSourceArn, FunctionName: "f", StartingPosition: "LATEST" }),
      "InvalidParameterValueException",
      `Stream not found: ${EventSourceArn}`,
    );
  });

  it("refuses filters that are none", async () => {
    const name = await newStream(kinesisClient());
    expectRefusal(
      await newMapping(name, { FilterCriteria: { Filters: [{ Pattern: '{"data":"x"}' }] } }),
      "InvalidParameterValueException",
      "Invalid filter pattern definition. data must be an object",
    );
    for (const comparison of [
      '{"anything-but":null}',
      '{"anything-but":true}',
      '{"anything-but":["a",1]}',
      '{"numeric":[">",5,"<",5]}',
    ]) {
      const Pattern = `{"data":{"a":[${comparison}]}}`;
      const { status, value } = await newMapping(name, {
        FilterCriteria: { Filters: [{ Pattern }] },
      });
      expect({ status, ...(value as object) }).toEqual({
        status: 400,
        __type: "InvalidParameterValueException",
        message: expect.stringMatching(/^Invalid filter pattern definition\. \w/) as string,
      });
    }
  });
});
