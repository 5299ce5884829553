import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { type Answer, call, expectRefusal, violation } from "./client.ts";
import { redriveNotFound, startRedrive } from "./redrives.ts";
import { streamNotFound, streamWith } from "./replays.ts";

const OPERATION = "DescribeRedrive";

describe(`${OPERATION}: serialization`, () => {
  it("refuses members of the wrong type", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "a", RedriveId: true }),
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
      violation("Value null at 'redriveId' failed to satisfy constraint: Member must not be null"),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("knows nothing of what is not there", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "nobodys", RedriveId: "0" }),
      "ResourceNotFoundException",
      streamNotFound("nobodys"),
    );
    const { name } = await streamWith();
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, RedriveId: "0" }),
      "ResourceNotFoundException",
      redriveNotFound(name, "0"),
    );
  });

  it("tells what keeps a redrive, and when it is tried again", async () => {
    const { name } = await streamWith();
    const { RedriveId } = (await startRedrive(name)).value.Redrive as {
      readonly RedriveId: string;
    };
    const redrive = await eventually<Answer["value"]>("it was refused", async () => {
      const { value } = await call(OPERATION, { DeliveryStreamName: name, RedriveId });
      return "LastError" in value.Redrive ? (value.Redrive as object) : undefined;
    });
    expect(redrive).toMatchObject({
      RedriveId,
      Status: "RUNNING",
      LastError: expect.stringMatching(/^NoSuchBucket/) as string,
    });
    expect(redrive.NextRetry).toBeGreaterThan(redrive.LastErrorTime as number);
  });
});
