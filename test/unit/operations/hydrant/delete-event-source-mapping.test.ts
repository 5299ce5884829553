import { describe, expect, it } from "vitest";
import { createdMapping, NOT_FOUND } from "./harness.ts";

describe("DeleteEventSourceMapping", () => {
  it("answers Deleting, and the mapping is gone once that is done", async () => {
    const { call, settle, UUID, create, update } = await createdMapping();
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
