import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { kinesisClient, newStream as newDataStream } from "../kinesis/client.ts";
import { DeleteStreamCommand, DescribeStreamCommand } from "@aws-sdk/client-kinesis";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "DescribeDeliveryProgress";

async function rowOf(DeliveryStreamName: string): Promise<Readonly<Record<string, unknown>>> {
  const { value } = await call(OPERATION, { DeliveryStreamName });
  return (value.Deliveries as [Readonly<Record<string, unknown>>])[0];
}

/** Delivers at once, into that bucket. */
const soonInto = (bucket: string) =>
  destination({
    BucketARN: `arn:aws:s3:::${bucket}`,
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
  });

describe(`${OPERATION}: serialization`, () => {
  it("refuses a name that is no text", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: 7 }),
      "SerializationException",
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    );
  });
});

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

  it("tells what waits, and the object that stood last", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, {
      ExtendedS3DestinationConfiguration: soonInto(inject("deliveryBucket")),
    });
    expect(await rowOf(DeliveryStreamName)).toEqual({
      DeliveryStreamName,
      DeliveryStreamStatus: "ACTIVE",
      Kind: "delivery",
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      RecordsWaiting: 0,
      BytesWaiting: 0,
      OldestAgeMilliseconds: 0,
    });
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } }),
    );
    const row = await eventually("it was delivered", async () => {
      const found = await rowOf(DeliveryStreamName);
      return found["LastObject"] === undefined ? undefined : found;
    });
    expect(row).toMatchObject({
      LastObject: {
        Bucket: inject("deliveryBucket"),
        Key: expect.stringContaining(`/${DeliveryStreamName}-1-`) as string,
        Time: expect.any(Number) as number,
      },
    });
  });

  it("tells of a bucket that is not there what it answered, and when it is tried again", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, {
      ExtendedS3DestinationConfiguration: soonInto("nobody-made-this-bucket"),
    });
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } }),
    );
    const row = await eventually("it has failed", async () => {
      const found = await rowOf(DeliveryStreamName);
      return found["LastError"] === undefined ? undefined : found;
    });
    expect(row).toMatchObject({
      RecordsWaiting: 1,
      BytesWaiting: 1,
      LastError: expect.stringContaining("NoSuchBucket") as string,
      FailingSince: expect.any(Number) as number,
      LastErrorTime: expect.any(Number) as number,
      NextRetry: expect.any(Number) as number,
    });
    expect(row["OldestAgeMilliseconds"]).toBeGreaterThan(0);
    expect(row).not.toHaveProperty("LastObject");
  });

  it("says that the stream it reads is gone", async () => {
    const kinesis = kinesisClient();
    const source = await newDataStream(kinesis);
    const { StreamDescription } = await kinesis.send(
      new DescribeStreamCommand({ StreamName: source }),
    );
    const client = firehoseClient();
    const DeliveryStreamName = uniqueName("reading");
    await client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        DeliveryStreamType: "KinesisStreamAsSource",
        KinesisStreamSourceConfiguration: {
          KinesisStreamARN: StreamDescription!.StreamARN,
          RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
        },
        ExtendedS3DestinationConfiguration: destination(),
      }),
    );
    onTestFinished(async () => {
      await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    });
    expect(await rowOf(DeliveryStreamName)).not.toHaveProperty("Problem");
    await kinesis.send(new DeleteStreamCommand({ StreamName: source }));
    expect((await rowOf(DeliveryStreamName))["Problem"]).toBe(
      `Source stream not found: ${StreamDescription!.StreamARN}`,
    );
  });
});
