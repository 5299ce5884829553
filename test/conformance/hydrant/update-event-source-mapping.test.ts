import { describe, expect, it } from "vitest";
import { kinesisClient, newStream } from "../kinesis/client.ts";
import { call, enabledMapping, newMapping, untilState } from "./client.ts";
import { testUuid } from "./uuid.ts";

testUuid("UpdateEventSourceMapping");

describe("UpdateEventSourceMapping: behaviour", () => {
  it("changes options, and disables and enables", async () => {
    const UUID = await enabledMapping(await newStream(kinesisClient()));
    const update = (members: object) => call("UpdateEventSourceMapping", { UUID, ...members });
    const { value } = await update({ BatchSize: 5, MaximumRetryAttempts: 2 });
    expect(value).toMatchObject({ BatchSize: 5, MaximumRetryAttempts: 2, State: "Updating" });
    await untilState(UUID, "Enabled");
    expect((await update({ Enabled: false })).value).toMatchObject({ State: "Disabling" });
    await untilState(UUID, "Disabled");
    expect((await update({ Enabled: true })).value).toMatchObject({ State: "Enabling" });
    expect(await untilState(UUID, "Enabled")).toMatchObject({ BatchSize: 5 });
  });

  it("refuses a function that has a mapping of the source", async () => {
    const name = await newStream(kinesisClient());
    const UUID = await enabledMapping(name);
    await newMapping(name, { FunctionName: "other" });
    const { value } = await call("UpdateEventSourceMapping", { UUID, FunctionName: "other" });
    expect(value).toMatchObject({ __type: "ResourceConflictException" });
  });
});
