import { describe, expect, it } from "vitest";
import { call, expectRefusal, violation } from "./client.ts";
import { redriveNotFound, startRedrive } from "./redrives.ts";
import { streamWith } from "./replays.ts";

const OPERATION = "StopRedrive";

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
      await call(OPERATION, { RedriveId: "0" }),
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
      await call(OPERATION, { DeliveryStreamName: name, RedriveId: "0" }),
      "ResourceNotFoundException",
      redriveNotFound(name, "0"),
    );
  });

  it("ends a redrive that is under way, for good, and makes room for another", async () => {
    const { name } = await streamWith();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push((await startRedrive(name)).value.Redrive.RedriveId as string);
    }
    const one = { DeliveryStreamName: name, RedriveId: ids[0] };
    const { value } = await call(OPERATION, one);
    expect(value.Redrive).toMatchObject({ RedriveId: ids[0], Status: "STOPPED", Progress: 0 });
    const again = await call(OPERATION, one);
    expect(again.value.Redrive).toMatchObject({
      Status: "STOPPED",
      EndTime: value.Redrive.EndTime as number,
    });
    expect((await startRedrive(name)).status).toBe(200);
  });
});
