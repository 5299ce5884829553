import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { kinesisClient, newStream } from "../kinesis/client.ts";
import { call, enabledMapping, expectNotFound, newMapping } from "./client.ts";
import { testUuid } from "./uuid.ts";

testUuid("DeleteEventSourceMapping");

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
});
