/** Splunk as requests name it: what is refused, what is filled in, what an update changes. */
import { describe, expect, it } from "vitest";
import { BYTES_PER_MIB } from "../../../../../src/limits.ts";
import { targetRules } from "../../../../helpers/targets.ts";
import { FUNCTION_ARN, processing, processor } from "../create-requests.ts";
import { ACCOUNT_ID, harness, invalid, invalidArgument, ROLE_ARN, target } from "../harness.ts";

const NAME = "events";
const SECRET_ARN = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT_ID}:secret:hec-AbC123`;
const SECRET = { Enabled: true, SecretARN: SECRET_ARN };

function splunk(members: object = {}) {
  return {
    HECEndpoint: "https://splunk.example.com:8088",
    HECEndpointType: "Raw",
    HECToken: "5e9d3c1a",
    S3Configuration: target(),
    ...members,
  };
}

async function created(members: object = {}, over: Parameters<typeof harness>[0] = {}) {
  const made = harness(over);
  const answer = await made.call("CreateDeliveryStream", {
    DeliveryStreamName: NAME,
    SplunkDestinationConfiguration: splunk(members),
  });
  return {
    ...made,
    answer,
    stream: async () => (await made.deliveryStreams.get(NAME))!,
    async describeIt() {
      const { value } = await made.call("DescribeDeliveryStream", { DeliveryStreamName: NAME });
      return value.DeliveryStreamDescription.Destinations[0];
    },
    update: (update: object, version = "1") =>
      made.call("UpdateDestination", {
        DeliveryStreamName: NAME,
        CurrentDeliveryStreamVersionId: version,
        DestinationId: "destinationId-000000000001",
        SplunkDestinationUpdate: update,
      }),
  };
}

describe("A Splunk destination", () => {
  it("is described with its defaults, and with its token, as AWS does", async () => {
    const { describeIt } = await created();
    expect(await describeIt()).toEqual({
      DestinationId: "destinationId-000000000001",
      SplunkDestinationDescription: {
        HECEndpoint: "https://splunk.example.com:8088",
        HECEndpointType: "Raw",
        HECToken: "5e9d3c1a",
        HECAcknowledgmentTimeoutInSeconds: 180,
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
        RetryOptions: { DurationInSeconds: 300 },
        S3BackupMode: "FailedEventsOnly",
        CloudWatchLoggingOptions: { Enabled: false },
        S3DestinationDescription: expect.objectContaining({ BucketARN: "arn:aws:s3:::deliveries" }),
      },
    });
  });

  it("is what its members say", async () => {
    const { stream } = await created({
      HECEndpointType: "Event",
      HECAcknowledgmentTimeoutInSeconds: 600,
      RetryOptions: { DurationInSeconds: 0 },
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
      S3BackupMode: "AllEvents",
      SecretsManagerConfiguration: SECRET,
      ...processing(processor("Lambda", { LambdaArn: FUNCTION_ARN })),
    });
    const { destination, receiverSecrets } = await stream();
    expect(destination).toMatchObject({
      bufferSizeMiB: 1,
      bufferIntervalSeconds: 0,
      backup: {
        bucketArn: "arn:aws:s3:::deliveries",
        bufferSizeMiB: 5,
        bufferIntervalSeconds: 300,
      },
      // A quarter of what S3's is given.
      transform: { bufferBytes: BYTES_PER_MIB / 4 },
      receiver: {
        kind: "splunk",
        place: "https://splunk.example.com:8088",
        roleArn: ROLE_ARN,
        retrySeconds: 0,
        endpointType: "Event",
        ackTimeoutSeconds: 600,
        secret: { arn: SECRET_ARN, roleArn: ROLE_ARN },
      },
    });
    expect(receiverSecrets).toEqual({ HECToken: "5e9d3c1a" });
    // The plan has it, and is no place for it.
    expect(JSON.stringify(destination)).not.toContain("5e9d3c1a");
  });

  const HEC_FORM = "Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.";
  const NO_TOKEN = "HECToken is required where no secret of Secrets Manager is enabled.";
  it.each([
    [{ HECEndpoint: "https://splunk.example.com" }, HEC_FORM],
    [{ HECEndpoint: "https://splunk.example.com:8088/" }, HEC_FORM],
    [{ HECEndpoint: "https://user@splunk.example.com:8088" }, HEC_FORM],
    [{ HECEndpoint: "http://splunk.example.com:8088" }, "A URL must begin with https://"],
    [{ HECToken: undefined }, NO_TOKEN],
    [{ HECToken: "" }, NO_TOKEN],
    [{ HECToken: undefined, SecretsManagerConfiguration: { Enabled: false } }, NO_TOKEN],
    [{ HECToken: "a b" }, "HECToken must hold visible ASCII characters alone."],
    [{ SecretsManagerConfiguration: { Enabled: true } }, "Invalid secret ARN: null"],
    [
      {
        SecretsManagerConfiguration: {
          Enabled: true,
          SecretARN: SECRET_ARN.replace("eu-west-1", "eu-west-2"),
        },
      },
      "Cross-region secrets are not allowed",
    ],
    [
      processing(
        processor("MetadataExtraction", {
          JsonParsingEngine: "JQ-1.6",
          MetadataExtractionQuery: "{a}",
        }),
      ),
      "class com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor can only be present when Dynamic Partitioning is enabled.",
    ],
  ])("is refused with %j", async (members, message) => {
    const { answer } = await created(members);
    expect(answer.error?.name).toBe("InvalidArgumentException");
    expect(answer.error?.message).toContain(message);
  });

  it("is refused by the bounds of its members", async () => {
    const path = "splunkDestinationConfiguration";
    const { answer } = await created({
      HECAcknowledgmentTimeoutInSeconds: 179,
      BufferingHints: { SizeInMBs: 6, IntervalInSeconds: 61 },
      RetryOptions: { DurationInSeconds: 7201 },
    });
    const at = (member: string, constraint: string) =>
      `Value at '${path}.${member}' failed to satisfy constraint: Member must have value ${constraint}`;
    expect(answer).toEqual(
      invalid(
        at("hECAcknowledgmentTimeoutInSeconds", "greater than or equal to 180"),
        at("retryOptions.durationInSeconds", "less than or equal to 7200"),
        at("bufferingHints.sizeInMBs", "less than or equal to 5"),
        at("bufferingHints.intervalInSeconds", "less than or equal to 60"),
      ),
    );
  });

  it("may only be where the deployment lists it, and have the secrets that it lists", async () => {
    const place = { region: "eu-west-1", accountId: ACCOUNT_ID };
    const targets = targetRules(place, {
      endpoint: "https://*.example.com:8088",
      secret: SECRET_ARN,
    });
    const named = async (members: object) => (await created(members, { targets })).answer.error;
    expect(await named({ SecretsManagerConfiguration: SECRET })).toBeUndefined();
    expect((await named({ HECEndpoint: "https://splunk.example.org:8088" }))?.message).toMatch(
      /destinationEndpoints/,
    );
    const others = { Enabled: true, SecretARN: SECRET_ARN.replace("hec", "other") };
    expect((await named({ SecretsManagerConfiguration: others }))?.message).toMatch(
      /destinationSecrets/,
    );
  });
});

describe("UpdateDestination of a Splunk destination", () => {
  it("changes what it is given, of the bucket, too", async () => {
    const { update, describeIt, stream } = await created();
    const { SplunkDestinationDescription: before } = await describeIt();
    await update({
      HECToken: "another",
      HECAcknowledgmentTimeoutInSeconds: 300,
      S3Update: { Prefix: "failed/" },
    });
    expect((await describeIt()).SplunkDestinationDescription).toEqual({
      ...before,
      HECToken: "another",
      HECAcknowledgmentTimeoutInSeconds: 300,
      S3DestinationDescription: { ...before.S3DestinationDescription, Prefix: "failed/" },
    });
    expect((await stream()).receiverSecrets).toEqual({ HECToken: "another" });
  });

  it("backs up everything, and never less again", async () => {
    const { update, stream } = await created();
    expect(await update({ S3BackupMode: "AllEvents" })).toEqual({ value: {} });
    expect((await stream()).destination.backup).toBeDefined();
    expect(await update({ S3BackupMode: "FailedEventsOnly" }, "2")).toEqual(
      invalidArgument("S3 backup cannot be disabled once it has been enabled."),
    );
  });

  it("is none of another type", async () => {
    const { call } = await created();
    const answer = await call("UpdateDestination", {
      DeliveryStreamName: NAME,
      CurrentDeliveryStreamVersionId: "1",
      DestinationId: "destinationId-000000000001",
      ExtendedS3DestinationUpdate: { Prefix: "x/" },
    });
    expect(answer).toEqual(
      invalidArgument(
        "Changing the destination type to or from Splunk is not supported at this time.",
      ),
    );
  });
});
