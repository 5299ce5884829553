import { describe, expect, it } from "vitest";
import { targetRules } from "../../../../helpers/targets.ts";
import { ACCOUNT_ID, type Answer, harness, invalidArgument, ROLE_ARN, target } from "../harness.ts";

const NAME = { DeliveryStreamName: "access-logs" };
const URL = "https://intake.example.com/logs?key=1";
const SECRET_ARN = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT_ID}:secret:intake-AbC123`;

const configuration = (members: object = {}) => ({
  EndpointConfiguration: { Url: URL },
  S3Configuration: target(),
  ...members,
});

const request = (members: object = {}) => ({
  ...NAME,
  HttpEndpointDestinationConfiguration: configuration(members),
});

async function created(members: object = {}, overrides: Parameters<typeof harness>[0] = {}) {
  const made = harness(overrides);
  const answer = await made.call("CreateDeliveryStream", request(members));
  if (answer.error) throw new Error(answer.error.message);
  const stream = async () => (await made.deliveryStreams.get("access-logs"))!;
  const update = (HttpEndpointDestinationUpdate: object, version = "1"): Promise<Answer> =>
    made.call("UpdateDestination", {
      ...NAME,
      CurrentDeliveryStreamVersionId: version,
      DestinationId: "destinationId-000000000001",
      HttpEndpointDestinationUpdate,
    });
  const describeIt = async () => {
    const { value } = await made.call("DescribeDeliveryStream", NAME);
    return value.DeliveryStreamDescription.Destinations[0].HttpEndpointDestinationDescription;
  };
  return { ...made, stream, update, describeIt };
}

const attribute = (AttributeName: string, AttributeValue: string) => ({
  RequestConfiguration: { CommonAttributes: [{ AttributeName, AttributeValue }] },
});

describe("an HTTP endpoint", () => {
  it("is read with its defaults; its bucket's role acts where it has none", async () => {
    const { stream } = await created();
    const { destination, receiverSecrets } = await stream();
    expect(destination).toMatchObject({
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      bucketArn: "arn:aws:s3:::deliveries",
      receiver: {
        kind: "http-endpoint",
        url: URL,
        // Keys stand in queries.
        place: "https://intake.example.com/logs",
        roleArn: ROLE_ARN,
        retrySeconds: 300,
        contentEncoding: "NONE",
        commonAttributes: [],
        requestMaxBytes: 5 * 2 ** 20,
      },
    });
    expect(destination).not.toHaveProperty("backup");
    expect(receiverSecrets).toBeUndefined();
  });

  it("has hints and a log of its own, and its bucket's for the backup of all data", async () => {
    const log = (name: string) => ({ Enabled: true, LogGroupName: name, LogStreamName: "a" });
    const { stream } = await created({
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 0 },
      CloudWatchLoggingOptions: log("own"),
      S3BackupMode: "AllData",
      S3Configuration: target({
        BufferingHints: { SizeInMBs: 9, IntervalInSeconds: 90 },
        CloudWatchLoggingOptions: log("bucket"),
      }),
    });
    const { destination } = await stream();
    expect(destination).toMatchObject({
      bufferSizeMiB: 64,
      bufferIntervalSeconds: 0,
      errorLog: { groupName: "own" },
      receiver: { requestMaxBytes: 16 * 2 ** 20 },
      backup: { bufferSizeMiB: 9, bufferIntervalSeconds: 90, errorLog: { groupName: "bucket" } },
    });
  });

  it("keeps its access key apart from all that is shown, and through updates of other members", async () => {
    const { stream, update, describeIt } = await created({
      EndpointConfiguration: { Url: URL, Name: "intake", AccessKey: "open-sesame" },
    });
    await update({ RetryOptions: { DurationInSeconds: 0 } });
    const { receiverSecrets, ...rest } = await stream();
    expect(receiverSecrets).toEqual({ AccessKey: "open-sesame" });
    expect(JSON.stringify(rest)).not.toContain("open-sesame");
    const shown = await describeIt();
    expect(JSON.stringify(shown)).not.toContain("open-sesame");
    expect(shown).toMatchObject({ RetryOptions: { DurationInSeconds: 0 } });
  });

  it("loses its access key when its URL is given anew without one: no key goes elsewhere", async () => {
    const { stream, update } = await created({
      EndpointConfiguration: { Url: URL, AccessKey: "open-sesame" },
    });
    await update({ EndpointConfiguration: { Url: "https://elsewhere.example.com" } });
    expect(await stream()).not.toHaveProperty("receiverSecrets");
  });

  it("is entered with a secret, under its role or the destination's", async () => {
    const secret = async (own: object) => {
      const { stream } = await created({
        RoleARN: `${ROLE_ARN}-acting`,
        SecretsManagerConfiguration: { Enabled: true, SecretARN: SECRET_ARN, ...own },
      });
      return (await stream()).destination.receiver?.secret;
    };
    expect(await secret({})).toEqual({ arn: SECRET_ARN, roleArn: `${ROLE_ARN}-acting` });
    const own = `${ROLE_ARN}-secrets`;
    expect(await secret({ RoleARN: own })).toEqual({ arn: SECRET_ARN, roleArn: own });
    expect(await secret({ Enabled: false })).toBeUndefined();
  });

  it("takes any 2xx by an attribute that is not sent", async () => {
    const { stream, describeIt } = await created(attribute("hydrant:lenient", "true"));
    expect((await stream()).destination.receiver).toMatchObject({
      commonAttributes: [],
      isLenient: true,
    });
    expect(await describeIt()).toMatchObject(attribute("hydrant:lenient", "true"));
    const { stream: other } = await created(attribute("hydrant:lenient", "false"));
    expect((await other()).destination.receiver).not.toHaveProperty("isLenient");
  });
});

describe("CreateDeliveryStream refuses an HTTP endpoint", () => {
  const secret = (members: object) => ({
    SecretsManagerConfiguration: { Enabled: true, ...members },
  });

  it.each([
    [
      { BufferingHints: { SizeInMBs: 1 } },
      "BufferingHints must hold both SizeInMBs and IntervalInSeconds",
    ],
    [secret({}), "Invalid secret ARN: null"],
    [
      secret({ SecretARN: SECRET_ARN.replace("eu-west-1", "us-east-1") }),
      "Cross-region secrets are not allowed. Please provide a secret in the same region as firehose",
    ],
    [
      { CloudWatchLoggingOptions: { Enabled: true } },
      "CloudWatch Log Group Name is required if CloudWatch Logging is enabled",
    ],
    [
      { EndpointConfiguration: { Url: URL, AccessKey: "a\u0001b" } },
      "AccessKey must hold no control characters: it is sent in a header",
    ],
    [
      attribute("hydrant:lenient", "yes"),
      "The common attribute hydrant:lenient must be true or false, got yes",
    ],
    [
      { EndpointConfiguration: { Url: "http://intake.example.com" } },
      "A URL must begin with https://, got http://intake.example.com",
    ],
    [
      {
        ProcessingConfiguration: {
          Enabled: true,
          Processors: [{ Type: "RecordDeAggregation" }],
        },
      },
      "class com.amazonaws.services.firehose.internal.model.RecordDeAggregationProcessor can only be present when Dynamic Partitioning is enabled.",
    ],
  ])("with %j", async (members, message) => {
    const answer = await harness().call("CreateDeliveryStream", request(members));
    expect(answer).toEqual(invalidArgument(message));
  });

  it.each([
    [{ BufferingHints: { SizeInMBs: 0.5, IntervalInSeconds: 0 } }, /must be at least 1\.$/],
    [{ EndpointConfiguration: { Url: "https://intake.example.com:8443" } }, /port 443/],
    [attribute("hydrant:lenient", "true"), /hydrant:lenient is Hydrant's own/],
  ])("under AWS's own limits with %j", async (members, message) => {
    const { error } = await harness({ isStrict: true }).call(
      "CreateDeliveryStream",
      request(members),
    );
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toMatch(message);
    expect(await created(members)).toBeDefined();
  });

  it("that the deployment does not list, and a secret likewise", async () => {
    const place = { region: "eu-west-1", accountId: ACCOUNT_ID };
    const refusal = async (members: object) => {
      const targets = targetRules(place, {
        endpoint: "https://intake.example.com/*",
        secret: SECRET_ARN,
      });
      const { error } = await harness({ targets }).call("CreateDeliveryStream", request(members));
      return error?.message;
    };
    expect(await refusal(secret({ SecretARN: SECRET_ARN }))).toBeUndefined();
    expect(await refusal(secret({ SecretARN: `${SECRET_ARN}x` }))).toMatch(/destinationSecrets/);
    expect(await refusal({ EndpointConfiguration: { Url: "https://else.example.com" } })).toMatch(
      /destinationEndpoints/,
    );
  });
});
