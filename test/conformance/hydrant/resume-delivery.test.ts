import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "ResumeDelivery";

describe(`${OPERATION}: validation`, () => {
  it("wants a name", async () => {
    expectRefusal(
      await call(OPERATION, {}),
      "ValidationException",
      violation(
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("does not find what is not there", async () => {
    const name = uniqueName("none");
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name }),
      "ResourceNotFoundException",
      `Firehose ${name} under account ${ACCOUNT_ID} not found.`,
    );
  });

  it("has what waited delivered, once, and changes nothing of a stream that delivers", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination({
        BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      }),
    });
    await call("PauseDelivery", { DeliveryStreamName });
    for (const text of ["one", "two"]) {
      const Record = { Data: Buffer.from(text) };
      await client.send(new PutRecordCommand({ DeliveryStreamName, Record }));
    }
    expect(await call(OPERATION, { DeliveryStreamName })).toEqual({ status: 200, value: {} });
    const flushes = await eventually("all was delivered", async () => {
      const { value } = await call("DescribeDelivery", { DeliveryStreamName });
      const [delivery] = value.Deliveries;
      return delivery.RecordsWaiting === 0 && delivery.LastFlushes.length > 0
        ? (delivery.LastFlushes as readonly { readonly Delivered: number }[])
        : undefined;
    });
    expect(flushes.reduce((sum, { Delivered }) => sum + Delivered, 0)).toBe(2);
    expect(await call(OPERATION, { DeliveryStreamName })).toEqual({ status: 200, value: {} });
    const { value } = await call("DescribeDelivery", { DeliveryStreamName });
    expect(value).toMatchObject({ DeliveryState: "DELIVERING" });
    expect(value).not.toHaveProperty("PausedSince");
  });
});
