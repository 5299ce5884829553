import { describe, expect, it } from "vitest";
import { createdMapping, harness, NOT_FOUND, STREAM_ARN } from "./harness.ts";

describe("GetEventSourceMapping", () => {
  it("does not find what is not there", async () => {
    const { call } = await harness();
    expect(await call("GetEventSourceMapping", { UUID: "none" })).toEqual(NOT_FOUND);
  });

  it("says what became of the last batch", async () => {
    const { get, mappings, UUID } = await createdMapping();
    await mappings.noteResult(UUID, { kind: "ok" });
    expect((await get()).LastProcessingResult).toBe("OK");
    await mappings.noteResult(UUID, { kind: "problem", message: "PROBLEM: Function call failed" });
    expect((await get()).LastProcessingResult).toBe("PROBLEM: Function call failed");
  });

  it("says that its stream is gone, and that another one has its name", async () => {
    const { get, call, callKinesis, mappings, UUID, create, advance } = await createdMapping();
    await mappings.noteResult(UUID, { kind: "ok" });
    await callKinesis("DeleteStream", { StreamName: "clicks" });
    const gone = `PROBLEM: Stream not found: ${STREAM_ARN}`;
    expect((await get()).LastProcessingResult).toBe(gone);
    advance(60_000);
    await callKinesis("CreateStream", { StreamName: "clicks", ShardCount: 1 });
    advance(60_000);
    const another = expect.stringContaining("PROBLEM: Stream was deleted and created anew");
    expect(await get()).toMatchObject({ State: "Enabled", LastProcessingResult: another });
    const list = (await call("ListEventSourceMappings", {})).value;
    expect(list.EventSourceMappings).toMatchObject([{ LastProcessingResult: another }]);
    const progress = (await call("DescribeEventSourceMappingProgress", { UUID })).value;
    expect(progress).toEqual({ Shards: [], Problem: another });
    expect((await create({ FunctionName: "other" })).value).toMatchObject({
      LastProcessingResult: "No records processed",
    });
  });
});
