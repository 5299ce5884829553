import { describe, expect, it } from "vitest";
import { arnOf, NOW_MS, REGION } from "../kinesis/harness.ts";
import { declaredWorld } from "./declared-world.ts";
import { FUNCTION_ARN, STREAM_ARN } from "./harness.ts";

const TOKEN = {
  ServiceToken: `arn:aws:lambda:${REGION}:123456789012:function:hydrant-dev-mappings`,
};
const DECLARED = {
  ...TOKEN,
  EventSourceArn: STREAM_ARN,
  FunctionName: FUNCTION_ARN,
  StartingPosition: "TRIM_HORIZON",
};
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

async function created(properties: object = {}) {
  const world = await declaredWorld();
  const answer = await world.mapping.create({ ...DECLARED, ...properties });
  expect(answer).toMatchObject({ Status: "SUCCESS" });
  return { ...world, id: answer.PhysicalResourceId };
}

describe("Create", () => {
  it("makes the mapping, and answers when it is at work", async () => {
    const { mapping, describe: shown } = await declaredWorld();
    const answer = await mapping.create({ ...DECLARED, BatchSize: "25", Enabled: "true" });
    const id = answer.PhysicalResourceId;
    expect(answer).toEqual({
      Status: "SUCCESS",
      PhysicalResourceId: expect.stringMatching(UUID_PATTERN),
      StackId: "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1",
      RequestId: "request-1",
      LogicalResourceId: "Declared",
      Data: {
        UUID: id,
        EventSourceMappingArn: `arn:aws:lambda:${REGION}:123456789012:event-source-mapping:${id}`,
      },
    });
    expect(await shown(id)).toMatchObject({
      State: "Enabled",
      BatchSize: 25,
      EventSourceArn: STREAM_ARN,
      FunctionArn: FUNCTION_ARN,
    });
  });

  it("makes one mapping when the request comes twice", async () => {
    const { mapping, uuids } = await declaredWorld();
    const first = await mapping.create(DECLARED, "again");
    const second = await mapping.create(DECLARED, "again");
    expect(second).toEqual(first);
    expect(await uuids()).toEqual([first.PhysicalResourceId]);
  });

  it("makes nothing when the request comes once more after the mapping was deleted", async () => {
    const { mapping, uuids } = await declaredWorld();
    const { PhysicalResourceId: id } = await mapping.create(DECLARED, "late");
    await mapping.remove(id);
    expect(await mapping.create(DECLARED, "late")).toMatchObject({
      Status: "FAILED",
      Reason: `The event source mapping ${id} was created by this request before, and has been deleted since.`,
      PhysicalResourceId: id,
    });
    expect(await uuids()).toEqual([]);
    expect(await mapping.create(DECLARED)).toMatchObject({ Status: "SUCCESS" });
  });

  it("fails with Lambda's sentence where the pair has a mapping, which stays when the stack rolls back", async () => {
    const { mapping, create, settle, uuids } = await declaredWorld();
    const { value } = await create({ StartingPosition: "LATEST" });
    await settle();
    const answer = await mapping.create(DECLARED);
    expect(answer).toMatchObject({
      Status: "FAILED",
      Reason: `The event source arn (" ${STREAM_ARN} ") and function (" clean ") provided mapping already exists. Please update or delete the existing mapping with UUID ${value.UUID}`,
    });
    expect(await mapping.remove(answer.PhysicalResourceId)).toMatchObject({ Status: "SUCCESS" });
    expect(await uuids()).toEqual([value.UUID]);
  });

  it.each([
    [
      "a stream that is not there",
      { EventSourceArn: arnOf("absent") },
      `Stream not found: ${arnOf("absent")}`,
    ],
    [
      "a property that it does not have",
      { Batchsize: "1" },
      "Encountered unsupported property Batchsize",
    ],
    [
      "a value out of bounds",
      { BatchSize: "10001" },
      "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000",
    ],
    [
      "a text that is no number",
      { BatchSize: "ten" },
      "class java.lang.String can not be converted to an Integer",
    ],
    [
      "what Hydrant does not offer",
      { Tags: { a: "b" } },
      "Tags is not offered by Hydrant: mappings have no tags",
    ],
  ])("fails for %s", async (_, properties, Reason) => {
    const { mapping, uuids } = await declaredWorld();
    expect(await mapping.create({ ...DECLARED, ...properties })).toMatchObject({
      Status: "FAILED",
      Reason,
      PhysicalResourceId: expect.any(String),
    });
    expect(await uuids()).toEqual([]);
  });
});

describe("Update", () => {
  it("changes the mapping, its function too", async () => {
    const { mapping, settle, describe: shown, id } = await created();
    const answer = await mapping.update(id, { ...DECLARED, BatchSize: "7", FunctionName: "other" });
    await settle();
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id, Data: { UUID: id } });
    expect(await shown(id)).toMatchObject({
      BatchSize: 7,
      FunctionArn: expect.stringContaining(":function:other"),
    });
  });

  it("gives what is declared no longer its default again", async () => {
    const { mapping, settle, describe: shown, id } = await created();
    const { LastModified: _, ...plain } = await shown(id);
    await mapping.update(id, {
      ...DECLARED,
      Enabled: "false",
      BatchSize: "7",
      MaximumBatchingWindowInSeconds: "10",
      ParallelizationFactor: "2",
      MaximumRetryAttempts: "3",
      MaximumRecordAgeInSeconds: "60",
      BisectBatchOnFunctionError: "true",
      TumblingWindowInSeconds: "30",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:eu-west-1:123456789012:dead" } },
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["click"]}}' }] },
      Deaggregate: "true",
    });
    await settle();
    expect(await shown(id)).toMatchObject({ State: "Disabled", BatchSize: 7, Deaggregate: true });
    await mapping.update(id, DECLARED);
    await settle();
    const { LastModified: _later, ...again } = await shown(id);
    expect(again).toEqual(plain);
  });

  it.each([
    { EventSourceArn: arnOf("views") },
    { EventSourceArn: arnOf("views"), StartingPosition: "LATEST" },
  ])("makes another mapping for %j, and leaves the first to be deleted", async (properties) => {
    const { mapping, callKinesis, advance, uuids, id } = await created();
    await callKinesis("CreateStream", { StreamName: "views", ShardCount: 1 });
    advance(1000);
    const answer = await mapping.update(id, { ...DECLARED, ...properties }, "again");
    expect(answer.Status).toBe("SUCCESS");
    expect(answer.PhysicalResourceId).not.toBe(id);
    expect(await mapping.update(id, { ...DECLARED, ...properties }, "again")).toEqual(answer);
    await mapping.remove(id);
    expect(await uuids()).toEqual([answer.PhysicalResourceId]);
  });

  it("keeps the mapping when a starting time is declared as it was", async () => {
    const at = {
      StartingPosition: "AT_TIMESTAMP",
      StartingPositionTimestamp: String(NOW_MS / 1000 - 60),
    };
    const { mapping, id } = await created(at);
    const answer = await mapping.update(id, { ...DECLARED, ...at, BatchSize: "2" });
    expect(answer).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
  });

  it("fails with Lambda's sentence for another starting position of the same pair", async () => {
    const { mapping, id, describe: shown } = await created();
    const answer = await mapping.update(id, { ...DECLARED, StartingPosition: "LATEST" });
    expect(answer).toMatchObject({ Status: "FAILED", PhysicalResourceId: id });
    expect(answer.Reason).toContain("provided mapping already exists");
    expect(await shown(id)).toMatchObject({ StartingPosition: "TRIM_HORIZON" });
  });

  it("makes the mapping anew that somebody deleted", async () => {
    const { mapping, call, settle, uuids, id } = await created();
    await call("DeleteEventSourceMapping", { UUID: id });
    await settle();
    const answer = await mapping.update(id, DECLARED);
    expect(answer.Status).toBe("SUCCESS");
    expect(await uuids()).toEqual([answer.PhysicalResourceId]);
  });

  it("makes the mapping anew whose stream was deleted and made anew under its name", async () => {
    const { mapping, mappings, callKinesis, advance, context, uuids, id } = await created();
    await callKinesis("DeleteStream", { StreamName: "clicks" });
    await callKinesis("CreateStream", { StreamName: "clicks", ShardCount: 1 });
    advance(1000);
    const answer = await mapping.update(id, DECLARED, "again");
    expect(answer).toMatchObject({ Status: "SUCCESS" });
    const { PhysicalResourceId } = answer;
    expect(await uuids()).toEqual([PhysicalResourceId]);
    const stream = await context.dataStreams.get("clicks");
    expect(await mappings.get(PhysicalResourceId)).toMatchObject({
      status: "enabled",
      streamGeneration: stream!.generation,
    });
    expect(await mapping.update(id, DECLARED, "again")).toEqual(answer);
    expect(await mapping.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await uuids()).toEqual([PhysicalResourceId]);
  });

  it("changes a mapping whose stream is gone, for a stack must be able to roll back", async () => {
    const { mapping, callKinesis, id } = await created();
    await callKinesis("DeleteStream", { StreamName: "clicks" });
    expect(await mapping.update(id, { ...DECLARED, BatchSize: "7" })).toMatchObject({
      Status: "SUCCESS",
      PhysicalResourceId: id,
    });
  });
});

describe("Delete", () => {
  it("answers when the mapping is gone, also the second time", async () => {
    const { mapping, uuids, id } = await created();
    expect(await mapping.remove(id)).toMatchObject({ Status: "SUCCESS", PhysicalResourceId: id });
    expect(await uuids()).toEqual([]);
    expect(await mapping.remove(id)).toMatchObject({ Status: "SUCCESS" });
  });

  it("does not wait for ever for the readers to be removed", async () => {
    const { mapping, stopServing, describe: shown, id } = await created();
    stopServing();
    expect(await mapping.remove(id)).toMatchObject({ Status: "SUCCESS" });
    expect(await shown(id)).toMatchObject({ State: "Deleting" });
  });
});
