/** What nothing may be pointed at, tried over the API of a running stack: it is refused when it is named. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  BUCKET_ARN,
  destination,
  expectRefusal,
  firehoseClient,
  newStream,
  ROLE_ARN,
  uniqueName,
} from "../conformance/firehose/client.ts";
import { call, newMapping } from "../conformance/hydrant/client.ts";
import { freshStream } from "../conformance/kinesis/streams.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/hydrant.mjs", import.meta.url));
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

  it("tells no log group of its errors that the stack does not list", async () => {
    const options = { Enabled: true, LogGroupName: "/others", LogStreamName: "S3Delivery" };
    await expectRefusal(
      newStream(firehoseClient(), {
        ExtendedS3DestinationConfiguration: destination({ CloudWatchLoggingOptions: options }),
      }),
      "InvalidArgumentException",
      `${here("logs", "log-group:/others")}:log-stream:S3Delivery is not among the log groups that deliveries may write to: the parameter errorLogGroups of this deployment lists them`,
    );
  });

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

/** A client of a key that may do everything with delivery streams, and use these. */
async function clientThatMayUse(...Resource: readonly string[]): Promise<FirehoseClient> {
  const file = join(mkdtempSync(join(tmpdir(), "hydrant-targets-")), "policy.json");
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }));
  const Statement = [
    { Effect: "Allow", Action: "firehose:*", Resource: "*" },
    { Effect: "Allow", Action: "hydrant:UseTarget", Resource },
  ];
  writeFileSync(file, JSON.stringify({ Statement }));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [LAUNCHER, "keys", "create", "--policy", file, "--output", "json"],
    { env: { ...process.env, HYDRANT_DATA_DIR: inject("stackDataDir") } },
  );
  const { AccessKeyId, SecretAccessKey } = JSON.parse(stdout) as Record<string, string>;
  const client = new FirehoseClient({
    endpoint: inject("apiEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

it("lets a key name what its policy lets it use, and nothing else", async () => {
  const client = await clientThatMayUse(ROLE_ARN, `${BUCKET_ARN}/team-a/*`);
  const refused = (sent: Promise<unknown>, arn: string) =>
    expectRefusal(
      sent,
      "AccessDeniedException",
      new RegExp(`hydrant:UseTarget on resource: ${arn} `),
    );
  const create = (Prefix: string) =>
    newStream(client, { ExtendedS3DestinationConfiguration: destination({ Prefix }) });
  await refused(create("team-b/"), `${BUCKET_ARN}/team-b/`);
  await refused(create(""), `${BUCKET_ARN}/`);
  const DeliveryStreamName = await create("team-a/logs/");
  const update = (ExtendedS3DestinationUpdate: object) =>
    client.send(
      new UpdateDestinationCommand({
        DeliveryStreamName,
        CurrentDeliveryStreamVersionId: "1",
        DestinationId: "destinationId-000000000001",
        ExtendedS3DestinationUpdate,
      }),
    );
  await refused(update({ Prefix: "team-b/" }), `${BUCKET_ARN}/team-b/`);
  await refused(
    update(lambda("hydrant-dev-transform")),
    here("lambda", "function:hydrant-dev-transform"),
  );
  await update({ Prefix: "team-a/other/", CompressionFormat: "GZIP" });
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
