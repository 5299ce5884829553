import { randomBytes } from "node:crypto";
import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { openDelivered } from "../../helpers/delivered.ts";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID, clientConfig } from "../target.ts";

const OPERATION = "LocateRecord";

async function located(DeliveryStreamName: string, RecordId: string) {
  const { status, value } = await call(OPERATION, { DeliveryStreamName, RecordId });
  expect({ status, value: value as unknown }).toMatchObject({ status: 200 });
  return value as {
    readonly Locations: readonly [
      {
        readonly State: string;
        readonly Due?: number;
        readonly Pieces: readonly [
          {
            readonly Key: string;
            readonly Offset: number;
            readonly Length: number;
          },
        ];
      },
    ];
  };
}

/** By the SDK itself: whoever tests through other clients, this header only it shows. */
async function putNotingId(DeliveryStreamName: string, count: number) {
  const client = new FirehoseClient({
    ...clientConfig(),
  });
  let RequestId = "";
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Readonly<Record<string, string>> };
      RequestId = headers["amz-sdk-invocation-id"]!;
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const Records = Array.from({ length: count }, (_, i) => ({ Data: Buffer.from(`${i}`) }));
  const { RequestResponses = [] } = await client.send(
    new PutRecordBatchCommand({ DeliveryStreamName, Records }),
  );
  client.destroy();
  return { RequestResponses, RequestId };
}

const into = (members: object) => ({
  ExtendedS3DestinationConfiguration: destination({
    BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
    ...members,
  }),
});

describe(`${OPERATION}: validation`, () => {
  it("wants a stream and a record", async () => {
    expectRefusal(
      await call(OPERATION, { RecordId: "x" }),
      "ValidationException",
      violation(
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
      ),
    );
    const DeliveryStreamName = await newStream(firehoseClient());
    const refused = async (members: object, sentence: string) => {
      const answer = await call(OPERATION, { DeliveryStreamName, ...members });
      expectRefusal(answer, "InvalidParameterValueException", sentence);
    };
    await refused({}, "RecordId or RequestId is missing");
    await refused({ RecordId: "x", RequestId: "y" }, "Give RecordId or RequestId, not both");
  });
});

describe(`${OPERATION}: behaviour`, () => {
  it("does not find what is not there", async () => {
    const name = uniqueName("none");
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: name, RecordId: "x" }),
      "ResourceNotFoundException",
      `Firehose ${name} under account ${ACCOUNT_ID} not found.`,
    );
    const stream = await newStream(firehoseClient());
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: stream, RecordId: "x" }),
      "InvalidParameterValueException",
      `RecordId is not one that ${stream} answered`,
    );
  });

  it("finds the records of a call by what its SDK called it", async () => {
    const client = firehoseClient();
    const DeliveryStreamName = await newStream(client);
    const { RequestResponses, RequestId } = await putNotingId(DeliveryStreamName, 22);
    const answer = await call(OPERATION, { DeliveryStreamName, RequestId });
    expect(answer).toMatchObject({ status: 200, value: { RecordCount: 22, RefusedRecords: [] } });
    const { Records } = answer.value as unknown as { readonly Records: readonly object[] };
    expect(Records).toMatchObject(
      RequestResponses.slice(0, 20).map(({ RecordId }, RecordIndex) => ({
        RecordIndex,
        RecordId,
        Position: RecordIndex,
        Locations: [{ Kind: "delivery", State: "WAITING" }],
      })),
    );
    const last = await call(OPERATION, { DeliveryStreamName, RequestId, RecordIndex: 21 });
    expect(last.value).toMatchObject({
      Records: [{ RecordIndex: 21, RecordId: RequestResponses[21]!.RecordId }],
    });
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName, RequestId: "another" }),
      "InvalidParameterValueException",
      `RequestId is not the invocation id of a call that put records into ${DeliveryStreamName} within the last hour`,
    );
  });

  it("tells of what waits when it is due", async () => {
    const client = firehoseClient();
    const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 900 } };
    const DeliveryStreamName = await newStream(client, into(hints));
    const { RecordId } = await client.send(
      new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from("x") } }),
    );
    const { Locations } = await located(DeliveryStreamName, RecordId!);
    expect(Locations).toMatchObject([{ Kind: "delivery", State: "WAITING", IsPending: false }]);
    expect(Locations[0].Due! * 1000).toBeGreaterThan(Date.now());
  });

  it("names the bytes of each record of a batch, in a compressed object with delimiters", async () => {
    const client = firehoseClient();
    const members = {
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      CompressionFormat: "GZIP",
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: "AppendDelimiterToRecord",
            Parameters: [{ ParameterName: "Delimiter", ParameterValue: "\\n" }],
          },
        ],
      },
    };
    const DeliveryStreamName = await newStream(client, into(members));
    const data = Array.from({ length: 100 }, (_, i) => randomBytes(i));
    const { RequestResponses = [] } = await client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName,
        Records: data.map((Data) => ({ Data })),
      }),
    );
    const ids = RequestResponses.map(({ RecordId }) => RecordId!);
    await eventually("they were delivered", async () => {
      const { Locations } = await located(DeliveryStreamName, ids[0]!);
      return Locations[0].State === "DELIVERED" ? true : undefined;
    });
    const bucket = openDelivered(inject("s3Endpoint"), inject("deliveryBucket"));
    onTestFinished(() => bucket.close());
    for (const [index, id] of ids.entries()) {
      const [{ Pieces }] = (await located(DeliveryStreamName, id)).Locations;
      const [{ Key, Offset, Length }] = Pieces;
      const [object] = await bucket.objects(Key);
      const bytes = object!.body;
      expect(bytes.subarray(Offset, Offset + Length)).toEqual(data[index]);
      expect(String.fromCharCode(bytes[Offset + Length]!)).toBe("\n");
    }
  });
});
