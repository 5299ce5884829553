import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { kinesisClient, newStream } from "../kinesis/client.ts";
import {
  call,
  enabledMapping,
  expectNotFound,
  expectRefusal,
  newMapping,
  unknownUuid,
  violation,
} from "./client.ts";

describe("DeleteEventSourceMapping: serialization", () => {
  it("refuses a UUID that is no text", async () => {
    expectRefusal(
      await call("DeleteEventSourceMapping", { UUID: 7 }),
      "SerializationException",
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    );
  });
});

describe("DeleteEventSourceMapping: validation", () => {
  it("wants a UUID", async () => {
    expectRefusal(
      await call("DeleteEventSourceMapping", {}),
      "ValidationException",
      violation("Value null at 'uUID' failed to satisfy constraint: Member must not be null"),
    );
  });
});

describe("DeleteEventSourceMapping: behaviour", () => {
  it("is Deleting, then gone, and may be made anew", async () => {
    const name = await newStream(kinesisClient());
    const UUID = await enabledMapping(name);
    const { value } = await call("DeleteEventSourceMapping", { UUID });
    expect(value).toMatchObject({ UUID, State: "Deleting" });
    const gone = await eventually("the mapping is gone", async () => {
      const answer = await call("GetEventSourceMapping", { UUID });
      return answer.status === 200 ? undefined : answer;
    });
    expectNotFound(gone);
    expect((await newMapping(name)).status).toBe(200);
  });

  it("finds nothing that is not there", async () => {
    expectNotFound(await call("DeleteEventSourceMapping", { UUID: unknownUuid() }));
  });
});
