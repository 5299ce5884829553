import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";
import { firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "UpdateDeliveryRetention";

const hoursOf = async (DeliveryStreamName: string) =>
  (await call("DescribeDelivery", { DeliveryStreamName })).value.RetentionPeriodHours as number;

describe(`${OPERATION}: validation`, () => {
  it.each([
    [23, "greater than or equal to 24"],
    [8761, "less than or equal to 8760"],
  ])("refuses %i hours", async (RetentionPeriodHours, bound) => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "x", RetentionPeriodHours }),
      "ValidationException",
      violation(
        `Value '${RetentionPeriodHours}' at 'retentionPeriodHours' failed to satisfy constraint: Member must have value ${bound}`,
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("does not find what is not there", async () => {
    const name = uniqueName("none");
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, RetentionPeriodHours: 48 }),
      "ResourceNotFoundException",
      `Firehose ${name} under account ${ACCOUNT_ID} not found.`,
    );
  });

  it("raises and lowers it, and keeps what was put", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client);
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } }),
    );
    expect(await hoursOf(DeliveryStreamName)).toBe(24);
    for (const RetentionPeriodHours of [8760, 8760, 48]) {
      expect(await call(OPERATION, { DeliveryStreamName, RetentionPeriodHours })).toEqual({
        status: 200,
        value: {},
      });
      expect(await hoursOf(DeliveryStreamName)).toBe(RetentionPeriodHours);
    }
    const { value } = await call("GetDeliveryRecords", { DeliveryStreamName });
    expect(value.Records).toHaveLength(1);
  });
});
