import { describe, expect, inject, it } from "vitest";
import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { destination, firehoseClient, newStream, uniqueName } from "../firehose/client.ts";
import { call, expectRefusal, violation } from "./client.ts";
import { ACCOUNT_ID, REGION, STAGE } from "../target.ts";

const OPERATION = "TestPipeline";
const TRANSFORM_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:hydrant-${STAGE}-transform`;

interface Outcome {
  readonly State: string;
  readonly Data?: string;
  readonly PartitionKeys?: object;
  readonly ErrorCode?: string;
}

async function test(input: object): Promise<readonly (readonly Outcome[])[]> {
  const { status, value } = await call(OPERATION, input);
  expect({ status, value: value as unknown }).toMatchObject({ status: 200 });
  const { Results } = value as { readonly Results: readonly { Outcomes: readonly Outcome[] }[] };
  return Results.map(({ Outcomes }) => Outcomes);
}

const records = (...texts: readonly string[]) =>
  texts.map((text) => ({ Data: Buffer.from(text).toString("base64") }));

const textOf = ({ Data = "" }: Outcome) => Buffer.from(Data, "base64").toString();

const processors = (...Processors: readonly object[]) => ({ Enabled: true, Processors });
const parameter = (ParameterName: string, ParameterValue: string) => ({
  ParameterName,
  ParameterValue,
});

function newPlainStream(members: object = {}): Promise<string> {
  return newStream(firehoseClient(), {
    ExtendedS3DestinationConfiguration: destination({
      BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 900 },
      ...members,
    }),
  });
}

describe(`${OPERATION}: validation`, () => {
  it("takes no more than five hundred records", async () => {
    expectRefusal(
      await call(OPERATION, { DeliveryStreamName: "x", MaxRecords: 501 }),
      "ValidationException",
      violation(
        "Value '501' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 500",
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

  it("tells what the stream's own processing makes of records, and delivers nothing", async () => {
    const DeliveryStreamName = await newPlainStream({
      ProcessingConfiguration: processors({
        Type: "AppendDelimiterToRecord",
        Parameters: [parameter("Delimiter", "\\n")],
      }),
    });
    const [[first] = [], [second] = []] = await test({
      DeliveryStreamName,
      Records: records("a", "b"),
    });
    expect([first, second].map((outcome) => textOf(outcome!))).toEqual(["a\n", "b\n"]);
    const { value } = await call("DescribeDelivery", { DeliveryStreamName });
    expect(value.Deliveries).toMatchObject([{ RecordsWaiting: 0, LastFlushes: [] }]);
  });

  it("asks a jq query of records, and names what each gives or why it fails", async () => {
    const DeliveryStreamName = await newPlainStream();
    const Records = records('{"who":{"id":7}}', "no json", '{"who":1}');
    const outcomes = await test({ DeliveryStreamName, Records, Query: "{who: .who.id}" });
    expect(outcomes).toMatchObject([
      [{ State: "DELIVERED", PartitionKeys: { "partitionKeyFromQuery:who": "7" } }],
      [{ State: "FAILED", ErrorOutputType: "metadata-extraction-failed" }],
      [{ State: "FAILED", ErrorOutputType: "metadata-extraction-failed" }],
    ]);
    const refused = await call(OPERATION, { DeliveryStreamName, Records, Query: "{" });
    expect(refused).toMatchObject({
      status: 400,
      value: { message: expect.stringMatching(/^Query does not compile: /) as string },
    });
  });

  it("has a function try what is in the log", async () => {
    const DeliveryStreamName = await newPlainStream();
    const line = '10.0.0.1 - - [22/Nov/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 7';
    await firehoseClient().send(
      new PutRecordBatchCommand({
        DeliveryStreamName,
        Records: [line, line.replace("/a", "/health"), "?"].map((text) => ({
          Data: Buffer.from(text),
        })),
      }),
    );
    const ProcessingConfiguration = processors({
      Type: "Lambda",
      Parameters: [parameter("LambdaArn", TRANSFORM_ARN)],
    });
    const outcomes = await test({ DeliveryStreamName, ProcessingConfiguration });
    expect(outcomes).toMatchObject([
      [{ State: "DELIVERED" }],
      [{ State: "DROPPED" }],
      [{ State: "FAILED", ErrorOutputType: "processing-failed" }],
    ]);
    expect(JSON.parse(textOf(outcomes[0]![0]!))).toMatchObject({ path: "/a", status: 200 });
    expect(await test({ DeliveryStreamName, MaxRecords: 1 })).toHaveLength(1);
  });

  it("refuses processing as AWS refuses it", async () => {
    const DeliveryStreamName = await newPlainStream();
    expectRefusal(
      await call(OPERATION, {
        DeliveryStreamName,
        Records: records("a"),
        ProcessingConfiguration: processors({ Type: "Lambda" }),
      }),
      "InvalidArgumentException",
      "LambdaArn is required when Lambda processor is used.",
    );
  });
});
