import { DeleteDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import { firehoseClient } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { replayNotFound, start, streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "StopReplay";

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: true }),
      "SerializationException",
      "class java.lang.Boolean can not be converted to an String",
    );
  });
});

describe(`${OPERATION}: validation`, () => {
  it("asks for both names", async () => {
    expectRefusal(
      await call(OPERATION, { ReplayId: "0" }),
      "ValidationException",
      violation(
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of what is not there", async () => {
    const { name } = await streamWith();
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, ReplayId: "0" }),
      "ResourceNotFoundException",
      replayNotFound(name, "0"),
    );
  });

  it("ends a replay that is under way, for good, and makes room for another", async () => {
    const { name } = await streamWith("a");
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await start(name)).value.Replay.ReplayId as string);
    const one = { DeliveryStreamName: name, ReplayId: ids[0] };
    const { value } = await call(OPERATION, one);
    expect(value.Replay).toMatchObject({ ReplayId: ids[0], Status: "STOPPED", Progress: 0 });
    const again = await call(OPERATION, one);
    expect(again.value.Replay).toMatchObject({
      Status: "STOPPED",
      EndTime: value.Replay.EndTime as number,
    });
    expect((await start(name)).status).toBe(200);
  });

  it("is what the deletion of the stream does", async () => {
    const { name } = await streamWith("a");
    const { ReplayId } = (await start(name)).value.Replay as { readonly ReplayId: string };
    await firehoseClient().send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, ReplayId }),
      "ResourceNotFoundException",
      streamNotFound(name),
    );
  });
});
