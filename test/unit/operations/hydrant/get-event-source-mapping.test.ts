import { describe, expect, it } from "vitest";
import { createdMapping, harness, NOT_FOUND } from "./harness.ts";

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
});
