import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "PauseDelivery";

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

  it("has the stream take records and deliver none, also when it is asked for twice", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination({
        BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      }),
    });
    const put = (text: string) =>
      client.send(
        new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from(text) } }),
      );
    const described = async () => (await call("DescribeDelivery", { DeliveryStreamName })).value;
    expect((await described()).DeliveryState).toBe("DELIVERING");
    expect(await call(OPERATION, { DeliveryStreamName })).toEqual({ status: 200, value: {} });
    const { PausedSince } = await described();
    expect((await call(OPERATION, { DeliveryStreamName })).status).toBe(200);
    await put("waits");
    // A stream that is not paused delivers meanwhile, and so nothing but the pause keeps the record.
    const other = await newStream(client, {
      ExtendedS3DestinationConfiguration: destination({
        BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      }),
    });
    await client.send(
      new PutRecordCommand({ DeliveryStreamName: other, Record: { Data: Buffer.from("goes") } }),
    );
    await eventually("the other one has delivered", async () => {
      const { value } = await call("ListDeliveries", { DeliveryStreamName: other });
      return value.Flushes.length > 0 ? true : undefined;
    });
    expect(await described()).toMatchObject({
      DeliveryStreamStatus: "ACTIVE",
      DeliveryState: "PAUSED",
      PausedSince,
      Deliveries: [{ RecordsWaiting: 1, LastFlushes: [] }],
    });
  });
});
