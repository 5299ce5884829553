import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  PutRecordBatchCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { arnOf, kinesisClient, newStream as newDataStream } from "../kinesis/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "GetDeliveryRecords";

interface Page {
  readonly Records: readonly {
    readonly RecordId: string;
    readonly LaneId: string;
    readonly ArrivalTimestamp: number;
    readonly Data: string;
  }[];
  readonly NextToken?: string;
}

async function get(input: object): Promise<Page> {
  const { status, value } = await call(OPERATION, input);
  expect({ status, value: value as unknown }).toMatchObject({ status: 200 });
  return value as Page;
}

/** With records of those texts; answers their ids, too. */
async function filledStream(texts: readonly string[], IntervalInSeconds: number) {
  const client = firehoseClient();
  const DeliveryStreamName = await newStream(client, {
    ExtendedS3DestinationConfiguration: destination({
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds },
    }),
  });
  const { RequestResponses = [] } = await client.send(
    new PutRecordBatchCommand({
      DeliveryStreamName,
      Records: texts.map((text) => ({ Data: Buffer.from(text) })),
    }),
  );
  return { DeliveryStreamName, ids: RequestResponses.map(({ RecordId }) => RecordId) };
}

const textsOf = ({ Records }: Page) =>
  Records.map(({ Data }) => Buffer.from(Data, "base64").toString());

describe(`${OPERATION}: validation`, () => {
  it("wants pages of some size, and no more than ten thousand records", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "x", Limit: 10_001 }),
      "ValidationException",
      violation(
        "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
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

  it("reads what was put with its ids, whether it was delivered or not", async () => {
    const { DeliveryStreamName, ids } = await filledStream(["one", "two", ""], 0);
    const waiting = await get({ DeliveryStreamName });
    expect(textsOf(waiting)).toEqual(["one", "two", ""]);
    expect(waiting.Records.map(({ RecordId }) => RecordId)).toEqual(ids);
    expect(waiting.Records[0]).toMatchObject({
      LaneId: "lane-0000",
      ArrivalTimestamp: expect.any(Number) as number,
    });
    expect(waiting).not.toHaveProperty("NextToken");
    await eventually("it was delivered", async () => {
      const { value } = await call("ListDeliveries", { DeliveryStreamName });
      return value.Flushes.length > 0 ? true : undefined;
    });
    expect(await get({ DeliveryStreamName })).toEqual(waiting);
  });

  it("goes on page by page, and of one lane for ever", async () => {
    const { DeliveryStreamName } = await filledStream(["a", "b", "c"], 900);
    const first = await get({ DeliveryStreamName, Limit: 2 });
    expect(textsOf(first)).toEqual(["a", "b"]);
    const second = await get({ DeliveryStreamName, NextToken: first.NextToken });
    expect(textsOf(second)).toEqual(["c"]);
    expect(second).not.toHaveProperty("NextToken");
    const lane = await get({ DeliveryStreamName, LaneId: "lane-0000" });
    const tip = await get({ DeliveryStreamName, NextToken: lane.NextToken });
    expect(tip.Records).toEqual([]);
    await firehoseClient().send(
      new PutRecordBatchCommand({ DeliveryStreamName, Records: [{ Data: Buffer.from("d") }] }),
    );
    expect(textsOf(await get({ DeliveryStreamName, NextToken: tip.NextToken }))).toEqual(["d"]);
  });

  it("begins at a time", async () => {
    const { DeliveryStreamName } = await filledStream(["a"], 900);
    const { Records } = await get({ DeliveryStreamName });
    const at = Records[0]!.ArrivalTimestamp;
    expect((await get({ DeliveryStreamName, StartTimestamp: at })).Records).toHaveLength(1);
    expect((await get({ DeliveryStreamName, StartTimestamp: at + 1 })).Records).toEqual([]);
  });

  it("refuses tokens of others, and lanes that never were", async () => {
    const one = await filledStream(["a", "b"], 900);
    const other = await filledStream(["a"], 900);
    const { NextToken } = await get({ DeliveryStreamName: one.DeliveryStreamName, Limit: 1 });
    const refused = "NextToken is not one that GetDeliveryRecords answered for this stream";
    for (const token of [NextToken, "x"]) {
      expectRefusal(
        await call(OPERATION, { DeliveryStreamName: other.DeliveryStreamName, NextToken: token }),
        "InvalidParameterValueException",
        refused,
      );
    }
    const { DeliveryStreamName } = one;
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName, LaneId: "lane-0009" }),
      "InvalidParameterValueException",
      `LaneId is not the name of a lane of ${DeliveryStreamName}: lane-0009`,
    );
  });

  it("sends those who read a data stream to it", async () => {
    const source = await newDataStream(kinesisClient());
    const client = firehoseClient();
    const DeliveryStreamName = uniqueName("reading");
    await client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        DeliveryStreamType: "KinesisStreamAsSource",
        KinesisStreamSourceConfiguration: {
          KinesisStreamARN: arnOf(source),
          RoleARN: `arn:aws:iam::${ACCOUNT_ID}:role/firehose`,
        },
        ExtendedS3DestinationConfiguration: destination(),
      }),
    );
    onTestFinished(async () => {
      await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }));
    });
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName }),
      "InvalidParameterValueException",
      `${DeliveryStreamName} reads the data stream ${source}: its records are read by GetRecords`,
    );
  });
});
