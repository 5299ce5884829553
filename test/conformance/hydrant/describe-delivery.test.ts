import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "DescribeDelivery";

const into = (bucket: string, IntervalInSeconds: number) => ({
  ExtendedS3DestinationConfiguration: destination({
    BucketARN: `arn:aws:s3:::${bucket}`,
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds },
  }),
});

async function described(DeliveryStreamName: string) {
  const { status, value } = await call(OPERATION, { DeliveryStreamName });
  expect(status).toBe(200);
  return value as Readonly<Record<string, unknown>> & {
    readonly Deliveries: [Readonly<Record<string, unknown>>];
  };
}

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

  it("tells of each lane what waits, since when, and when it is due", async () => {
    const client = firehoseClient();
    const bucket = inject("deliveryBucket");
    const DeliveryStreamName = await newStream(client, into(bucket, 900));
    const empty = await described(DeliveryStreamName);
    expect(empty).toMatchObject({
      DeliveryStreamName,
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      VersionId: "1",
      RetentionPeriodHours: 24,
      Warnings: [],
      Deliveries: [
        {
          Kind: "delivery",
          BucketARN: `arn:aws:s3:::${bucket}`,
          // Nothing is assumed offline.
          RoleAssumed: false,
          RecordsWaiting: 0,
          LaneCount: 1,
          Lanes: [{ LaneId: "lane-0000", State: "open", RecordsWaiting: 0, NextBlock: 0 }],
          LastFlushes: [],
        },
      ],
    });
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("xyz") } }),
    );
    const [delivery] = (await described(DeliveryStreamName)).Deliveries;
    expect(delivery).toMatchObject({ RecordsWaiting: 1, BytesWaiting: 3 });
    const [lane] = delivery["Lanes"] as [Readonly<Record<string, number>>];
    expect(lane).toMatchObject({ RecordsWaiting: 1, BytesWaiting: 3 });
    expect(lane["NextFlush"]! - lane["OldestArrival"]!).toBeCloseTo(900);
  });

  it("tells of the last flushes where their records went", async () => {
    const client = firehoseClient();
    const bucket = inject("deliveryBucket");
    const DeliveryStreamName = await newStream(client, into(bucket, 0));
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("xyz") } }),
    );
    const [flush] = await eventually("it was delivered", async () => {
      const [delivery] = (await described(DeliveryStreamName)).Deliveries;
      const flushes = delivery["LastFlushes"] as readonly unknown[];
      return flushes.length > 0 ? flushes : undefined;
    });
    expect(flush).toEqual({
      LaneId: "lane-0000",
      Kind: "delivery",
      FromBlock: 0,
      ToBlock: 1,
      Time: expect.any(Number) as number,
      OldestArrival: expect.any(Number) as number,
      Records: 1,
      VersionId: "1",
      Delivered: 1,
      Dropped: 0,
      Failed: 0,
      DeliveredBytes: 3,
      Objects: [
        { Bucket: bucket, Key: expect.stringContaining(`/${DeliveryStreamName}-1-`) as string },
      ],
      ObjectCount: 1,
    });
  });

  it("tells what fails, and when it is tried again", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client, into("nobody-made-this-bucket", 0));
    await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("xyz") } }),
    );
    const delivery = await eventually("it has failed", async () => {
      const [found] = (await described(DeliveryStreamName)).Deliveries;
      return found["LastError"] === undefined ? undefined : found;
    });
    expect(delivery).toMatchObject({
      LastError: expect.stringContaining("NoSuchBucket") as string,
      NextRetry: expect.any(Number) as number,
      FailingSince: expect.any(Number) as number,
      Lanes: [{ PendingFlush: { FromBlock: 0, ToBlock: 1, VersionId: "1" } }],
      LastFlushes: [],
    });
  });
});
