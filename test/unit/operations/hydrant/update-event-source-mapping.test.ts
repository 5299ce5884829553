import { describe, expect, it } from "vitest";
import { createdMapping, FUNCTION_ARN, harness } from "./harness.ts";

describe("UpdateEventSourceMapping", () => {
  it("changes what is named and nothing else", async () => {
    const { get, update, advance } = await createdMapping({
      BatchSize: 7,
      MaximumRetryAttempts: 3,
    });
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
    const { get, update, settle, mappings, UUID } = await createdMapping({
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
    const { get, update, settle } = await createdMapping();
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
    const { update, create, settle } = await createdMapping();
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
    const { update, get } = await createdMapping();
    const before = await get();
    expect(await update({ MaximumRecordAgeInSeconds: 1, BatchSize: 5 })).toHaveProperty("error");
    expect(await update({ FilterCriteria: { Filters: [{ Pattern: "x" }] } })).toHaveProperty(
      "error",
    );
    expect(await get()).toEqual(before);
  });
});
