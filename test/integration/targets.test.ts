/** What nothing may be pointed at, tried over the API of a running stack: it is refused when it is named. */
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, inject, it } from "vitest";
import {
  destination,
  expectRefusal,
  firehoseClient,
  newStream,
  uniqueName,
} from "../conformance/firehose/client.ts";
import { call, newMapping } from "../conformance/hydrant/client.ts";
import { freshStream } from "../conformance/kinesis/streams.ts";

const ACCOUNT_ID = "000000000000";
const LOG_BUCKET_ARN = `arn:aws:s3:::hydrant-dev-log-${ACCOUNT_ID}`;
const here = (service: string, rest: string) =>
  `arn:aws:${service}:us-east-1:${ACCOUNT_ID}:${rest}`;
const isHydrants = (arn: string) =>
  `${arn} is one of Hydrant's own, which nothing may be pointed at`;

const lambda = (ParameterValue: string) => ({
  ProcessingConfiguration: {
    Enabled: true,
    Processors: [
      {
        Type: "Lambda" as const,
        Parameters: [{ ParameterName: "LambdaArn" as const, ParameterValue }],
      },
    ],
  },
});
const API_ARN = here("lambda", "function:hydrant-dev-api");
const GROUP = "/aws/lambda/hydrant-dev-api";

const OWN = [
  ["the log bucket", { BucketARN: LOG_BUCKET_ARN, Prefix: "day/" }, `${LOG_BUCKET_ARN}/day/`],
  [
    "the log bucket for backups",
    { S3BackupMode: "Enabled", S3BackupConfiguration: destination({ BucketARN: LOG_BUCKET_ARN }) },
    `${LOG_BUCKET_ARN}/`,
  ],
  ["a function", lambda("hydrant-dev-api"), API_ARN],
  ["a function's latest version", lambda(`${API_ARN}:$LATEST`), `${API_ARN}:$LATEST`],
  [
    "a function's log",
    {
      CloudWatchLoggingOptions: { Enabled: true, LogGroupName: GROUP, LogStreamName: "S3Delivery" },
    },
    `${here("logs", `log-group:${GROUP}`)}:log-stream:S3Delivery`,
  ],
] as const;

describe("a delivery stream", () => {
  it.each(OWN)("is not made with %s of Hydrant's own", async (_, members, arn) => {
    const client = firehoseClient();
    const DeliveryStreamName = uniqueName("own");
    const ExtendedS3DestinationConfiguration = destination(members);
    const creation = { DeliveryStreamName, ExtendedS3DestinationConfiguration };
    await expectRefusal(
      client.send(new CreateDeliveryStreamCommand(creation)),
      "InvalidArgumentException",
      isHydrants(arn),
    );
    expect(await call("CreateDeliveryStream", creation)).toMatchObject({
      status: 400,
      value: { message: isHydrants(arn) },
    });
    await expectRefusal(
      client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName })),
      "ResourceNotFoundException",
      /not found/,
    );
  });

  it.each(OWN.filter(([, members]) => !("S3BackupMode" in members)))(
    "is neither changed nor replayed to %s of Hydrant's own",
    async (_, members, arn) => {
      const client = firehoseClient();
      const DeliveryStreamName = await newStream(client);
      await expectRefusal(
        client.send(
          new UpdateDestinationCommand({
            DeliveryStreamName,
            CurrentDeliveryStreamVersionId: "1",
            DestinationId: "destinationId-000000000001",
            ExtendedS3DestinationUpdate: members,
          }),
        ),
        "InvalidArgumentException",
        isHydrants(arn),
      );
      const replay = await call("StartReplay", { DeliveryStreamName, Destination: members });
      expect(replay.value.message).toBe(isHydrants(arn));
    },
  );

  it("is tried out with no function of Hydrant's own", async () => {
    const DeliveryStreamName = await newStream(firehoseClient());
    const Records = [{ Data: Buffer.from("x").toString("base64") }];
    const request = { DeliveryStreamName, Records, ...lambda("hydrant-dev-mappings") };
    expect((await call("TestPipeline", request)).value.message).toBe(
      isHydrants(here("lambda", "function:hydrant-dev-mappings")),
    );
  });

  it("is made with the bucket and the function that the deployment makes for it", async () => {
    await newStream(firehoseClient(), {
      ExtendedS3DestinationConfiguration: destination({
        BucketARN: `arn:aws:s3:::${inject("deliveryBucket")}`,
        ...lambda("hydrant-dev-transform"),
      }),
    });
  });
});

describe("a mapping", () => {
  it("feeds no function of Hydrant's own, and reports to no queue and no bucket of its own", async () => {
    const stream = await freshStream();
    const made = async (members: object) => (await newMapping(stream, members)).value;
    const onFailure = (Destination: string) => ({
      DestinationConfig: { OnFailure: { Destination } },
    });
    expect((await made({ FunctionName: "hydrant-dev-api" })).message).toBe(isHydrants(API_ARN));
    for (const name of ["deliver", "consume", "rings", "consume-dead-letters"]) {
      const arn = here("sqs", `hydrant-dev-${name}`);
      expect((await made(onFailure(arn))).message).toBe(isHydrants(arn));
    }
    expect((await made(onFailure(LOG_BUCKET_ARN))).message).toBe(
      isHydrants(`${LOG_BUCKET_ARN}/aws/lambda/`),
    );
    const { UUID } = await made(onFailure(here("sqs", "hydrant-dev-consumer-failures")));
    const change = { UUID, FunctionName: "hydrant-dev-consume" };
    const { value } = await call("UpdateEventSourceMapping", change);
    expect(["ResourceInUseException", "InvalidParameterValueException"]).toContain(value.__type);
  });
});
