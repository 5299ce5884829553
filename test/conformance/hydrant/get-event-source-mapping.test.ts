import { describe, expect, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../kinesis/client.ts";
import { call, enabledMapping, FUNCTION_ARN } from "./client.ts";
import { testUuid } from "./uuid.ts";

testUuid("GetEventSourceMapping");

describe("GetEventSourceMapping: behaviour", () => {
  it("shows a mapping that became Enabled", async () => {
    const name = await newStream(kinesisClient());
    const UUID = await enabledMapping(name, { BatchSize: 7 });
    const { value } = await call("GetEventSourceMapping", { UUID });
    expect(value).toMatchObject({
      UUID,
      EventSourceArn: arnOf(name),
      FunctionArn: FUNCTION_ARN,
      BatchSize: 7,
      State: "Enabled",
      LastProcessingResult: "No records processed",
    });
  });
});
