import { PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID } from "../target.ts";

const OPERATION = "ListDeliveries";

interface Flush {
  readonly FromBlock: number;
  readonly ToBlock: number;
  readonly Records: number;
}

async function list(input: object) {
  const { status, value } = await call(OPERATION, input);
  expect({ status, value: value as unknown }).toMatchObject({ status: 200 });
  return value as { readonly Flushes: readonly Flush[]; readonly NextMarker?: string };
}

/** With so many records, each delivered by itself. */
async function deliveredStream(count: number): Promise<string> {
  const client = firehoseClient();
  const DeliveryStreamName = await newStream(client, {
    ExtendedS3DestinationConfiguration: destination({
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
    }),
  });
  for (let put = 1; put <= count; put++) {
    const Record = { Data: Buffer.from(`record ${put}`) };
    await client.send(new PutRecordCommand({ DeliveryStreamName, Record }));
    await eventually(`record ${put} was delivered`, async () => {
      const { Flushes } = await list({ DeliveryStreamName });
      return Flushes.length === put ? true : undefined;
    });
  }
  return DeliveryStreamName;
}

describe(`${OPERATION}: validation`, () => {
  it("wants a name, and pages of some size", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "x", MaxItems: 0 }),
      "ValidationException",
      violation(
        "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
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

  it("lists the flushes from the latest on, page by page", async () => {
    const DeliveryStreamName = await deliveredStream(3);
    const first = await list({ DeliveryStreamName, MaxItems: 2 });
    expect(first.Flushes).toMatchObject([
      { FromBlock: 2, ToBlock: 3, Records: 1 },
      { FromBlock: 1, ToBlock: 2, Records: 1 },
    ]);
    const second = await list({ DeliveryStreamName, MaxItems: 2, Marker: first.NextMarker });
    expect(second.Flushes).toMatchObject([{ FromBlock: 0, ToBlock: 1, Records: 1 }]);
    expect(second).not.toHaveProperty("NextMarker");
  });

  it("lists those of one lane, and refuses what is none", async () => {
    const DeliveryStreamName = await deliveredStream(1);
    expect((await list({ DeliveryStreamName, LaneId: "lane-0000" })).Flushes).toHaveLength(1);
    expect((await list({ DeliveryStreamName, LaneId: "lane-0007" })).Flushes).toEqual([]);
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName, LaneId: "first" }),
      "InvalidParameterValueException",
      "LaneId is not the name of a lane: first",
    );
  });

  it.each(["1", "0/1", "0/0/x", "0/2"])(
    "refuses a marker that it never gave: %s",
    async (Marker) => {
      const DeliveryStreamName = await newStream(firehoseClient());
      expectRefusal(
        await call(OPERATION, { DeliveryStreamName, Marker }),
        "InvalidParameterValueException",
        "Marker is not one that ListDeliveries answered",
      );
    },
  );
});
