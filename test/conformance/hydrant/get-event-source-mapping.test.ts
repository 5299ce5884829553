import { describe, expect, it } from "vitest";
import { arnOf, kinesisClient, newStream } from "../kinesis/client.ts";
import {
  call,
  enabledMapping,
  expectNotFound,
  expectRefusal,
  FUNCTION_ARN,
  unknownUuid,
  violation,
} from "./client.ts";

describe("GetEventSourceMapping: serialization", () => {
  it("refuses a UUID that is no text", async () => {
    expectRefusal(
      await call("GetEventSourceMapping", { UUID: 7 }),
      "SerializationException",
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    );
  });
});

describe("GetEventSourceMapping: validation", () => {
  it("wants a UUID", async () => {
    expectRefusal(
      await call("GetEventSourceMapping", {}),
      "ValidationException",
      violation("Value null at 'uUID' failed to satisfy constraint: Member must not be null"),
    );
  });
});

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

  it("finds nothing that is not there", async () => {
    expectNotFound(await call("GetEventSourceMapping", { UUID: unknownUuid() }));
  });
});
