import { DeleteDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { openDelivered } from "../../helpers/delivered.ts";
import { destination, firehoseClient, uniqueName } from "../firehose/client.ts";
import { arnOf, kinesisClient, newStream as newDataStream } from "../kinesis/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "CreateDeliveryStream";

async function create(members: object) {
  const DeliveryStreamName = uniqueName("own");
  const answer = await call(OPERATION, {
    DeliveryStreamName,
    ExtendedS3DestinationConfiguration: destination({
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      Prefix: `${DeliveryStreamName}/`,
      ErrorOutputPrefix: "errors/",
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
    }),
    ...members,
  });
  if (answer.status === 200) {
    onTestFinished(async () => {
      await firehoseClient().send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    });
  }
  return { ...answer, DeliveryStreamName };
}

const reading = (StreamName: string, members: object) =>
  create({
    DeliveryStreamType: "KinesisStreamAsSource",
    KinesisStreamSourceConfiguration: {
      KinesisStreamARN: arnOf(StreamName),
      RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
    },
    ...members,
  });

describe(`${OPERATION}: validation`, () => {
  it("knows its own members", async () => {
    expectRefusal(
      await create({ RetentionPeriodHours: 23 }),
      "ValidationException",
      violation(
        "Value '23' at 'retentionPeriodHours' failed to satisfy constraint: Member must have value greater than or equal to 24",
      ),
    );
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it.each([
    [{ StartingPosition: "LATEST" }, "StartingPosition is of delivery streams that read a data"],
    [{ StartingPositionTimestamp: 1 }, "StartingPositionTimestamp goes with AT_TIMESTAMP"],
  ])("refuses what does not go together: %j", async (members, sentence) => {
    expect(await create(members)).toMatchObject({
      status: 400,
      value: { message: expect.stringContaining(sentence) as string },
    });
  });

  it("keeps the records of one that is put to as long as it is told", async () => {
    const { status, DeliveryStreamName } = await create({ RetentionPeriodHours: 100 });
    expect(status).toBe(200);
    const { value } = await call("DescribeDelivery", { DeliveryStreamName });
    expect(value).toMatchObject({ RetentionPeriodHours: 100, DeliveryStreamType: "DirectPut" });
  });

  it("delivers what was in its data stream before, from the start or from a time on", async () => {
    const client = kinesisClient();
    const StreamName = await newDataStream(client, { ShardCount: 1 });
    const put = (text: string) =>
      client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from(text) }));
    await put("before.");
    const arrivedBy = Math.floor(Date.now() / 1000);
    const between = await eventually("a new second has begun", async () => {
      const now = Math.floor(Date.now() / 1000);
      return now > arrivedBy ? now : undefined;
    });
    await put("after.");
    const future = { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: between + 3600 };
    expect(await reading(StreamName, future)).toMatchObject({
      status: 400,
      value: { message: "StartingPositionTimestamp must not lie in the future" },
    });
    const whole = await reading(StreamName, { StartingPosition: "TRIM_HORIZON" });
    const part = await reading(StreamName, {
      StartingPosition: "AT_TIMESTAMP",
      StartingPositionTimestamp: between,
    });
    const bucket = openDelivered(inject("s3Endpoint"), inject("deliveryBucket"));
    onTestFinished(() => bucket.close());
    const delivered = async (name: string) =>
      (await bucket.objects(`${name}/`)).map(({ body }) => body.toString()).join("");
    const until = (name: string, text: string) =>
      eventually(`${text} was delivered`, async () =>
        (await delivered(name)) === text ? true : undefined,
      );
    await until(whole.DeliveryStreamName, "before.after.");
    await until(part.DeliveryStreamName, "after.");
  });
});
