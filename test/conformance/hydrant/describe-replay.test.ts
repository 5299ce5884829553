import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { type Answer, call, expectRefusal, violation } from "./client.ts";
import { replayNotFound, start, streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "DescribeReplay";

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", ReplayId: true }),
      "SerializationException",
      "class java.lang.Boolean can not be converted to an String",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("asks for both names", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a" }),
      "ValidationException",
      violation("Value null at 'replayId' failed to satisfy constraint: Member must not be null"),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of what is not there", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "nobodys", ReplayId: "0" }),
      "ResourceNotFoundException",
      streamNotFound("nobodys"),
    );
    const { name } = await streamWith();
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, ReplayId: "0" }),
      "ResourceNotFoundException",
      replayNotFound(name, "0"),
    );
  });

  it("tells what keeps a replay, and when it is tried again", async () => {
    const { name } = await streamWith("a");
    const { ReplayId } = (await start(name)).value.Replay as { readonly ReplayId: string };
    const replay = await eventually<Answer["value"]>("it was refused", async () => {
      const { value } = await call(OPERATION, { DeliveryStreamName: name, ReplayId });
      return "LastError" in value.Replay ? (value.Replay as object) : undefined;
    });
    expect(replay).toMatchObject({
      ReplayId,
      Status: "RUNNING",
      LastError: expect.stringMatching(/^NoSuchBucket/) as string,
      RecordsReplayed: 0,
    });
    expect(replay.NextRetry).toBeGreaterThan(replay.LastErrorTime as number);
  });
});
