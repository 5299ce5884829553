import { describe, expect, test } from "vitest";
import { newKeyPair } from "../../../../helpers/receivers/snowflake-api.ts";
import { targetRules } from "../../../../helpers/targets.ts";
import { ACCOUNT_ID, harness, invalidArgument, ROLE_ARN, target } from "../harness.ts";

const PAIR = newKeyPair();
const HOST = "acme-prod.snowflakecomputing.com";
const SECRET = {
  Enabled: true,
  SecretARN: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT_ID}:secret:snow-AbC123`,
};

function snowflake(members: object = {}) {
  return {
    DeliveryStreamName: "clicks",
    SnowflakeDestinationConfiguration: {
      RoleARN: ROLE_ARN,
      AccountUrl: HOST,
      Database: "DB",
      Schema: "PUBLIC",
      Table: "CLICKS",
      User: "loader",
      PrivateKey: PAIR.privateKey,
      S3Configuration: target(),
      ...members,
    },
  };
}

async function created(members: object = {}) {
  const made = harness();
  const { error } = await made.call("CreateDeliveryStream", snowflake(members));
  expect(error).toBeUndefined();
  return {
    ...made,
    async shown() {
      const request = { DeliveryStreamName: "clicks" };
      const { value } = await made.call("DescribeDeliveryStream", request);
      return value.DeliveryStreamDescription.Destinations[0].SnowflakeDestinationDescription;
    },
    update: (SnowflakeDestinationUpdate: object, CurrentDeliveryStreamVersionId = "1") =>
      made.call("UpdateDestination", {
        DeliveryStreamName: "clicks",
        CurrentDeliveryStreamVersionId,
        DestinationId: "destinationId-000000000001",
        SnowflakeDestinationUpdate,
      }),
  };
}

describe("a Snowflake destination", () => {
  test("is described with AWS's defaults, and without its key", async () => {
    const { shown, deliveryStreams } = await created();
    expect(await shown()).toEqual({
      AccountUrl: HOST,
      User: "loader",
      Database: "DB",
      Schema: "PUBLIC",
      Table: "CLICKS",
      SnowflakeRoleConfiguration: { Enabled: false },
      DataLoadingOption: "JSON_MAPPING",
      RoleARN: ROLE_ARN,
      RetryOptions: { DurationInSeconds: 60 },
      S3BackupMode: "FailedDataOnly",
      BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 0 },
      CloudWatchLoggingOptions: { Enabled: false },
      S3DestinationDescription: {
        ...target(),
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
        CompressionFormat: "UNCOMPRESSED",
        EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
        CloudWatchLoggingOptions: { Enabled: false },
      },
    });
    const { receiverSecrets, ...rest } = (await deliveryStreams.get("clicks"))!;
    expect(receiverSecrets).toEqual({ PrivateKey: PAIR.privateKey });
    expect(JSON.stringify(rest)).not.toContain(PAIR.privateKey.slice(0, 60));
    expect(rest.destination).toMatchObject({
      bufferSizeMiB: 128,
      bufferIntervalSeconds: 0,
      receiver: {
        kind: "snowflake",
        accountUrl: `https://${HOST}`,
        user: "loader",
        database: "DB",
        schema: "PUBLIC",
        table: "CLICKS",
        retrySeconds: 60,
        loading: { kind: "json" },
      },
    });
  });

  test("takes an update member by member, and keeps its key", async () => {
    const { update, shown, deliveryStreams } = await created();
    const members = {
      Table: "OTHERS",
      DataLoadingOption: "VARIANT_CONTENT_AND_METADATA_MAPPING",
      ContentColumnName: "BODY",
      MetaDataColumnName: "ABOUT",
      SnowflakeRoleConfiguration: { Enabled: true, SnowflakeRole: "LOADING" },
      S3BackupMode: "AllData",
      BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 5 },
      RetryOptions: { DurationInSeconds: 0 },
    };
    expect(await update(members)).toEqual({ value: {} });
    expect(await shown()).toMatchObject({ ...members, Database: "DB", User: "loader" });
    const stream = (await deliveryStreams.get("clicks"))!;
    expect(stream.receiverSecrets).toEqual({ PrivateKey: PAIR.privateKey });
    expect(stream.destination.backup).toBeDefined();
    expect(stream.destination.receiver).toMatchObject({
      table: "OTHERS",
      snowflakeRole: "LOADING",
      loading: { kind: "variant", contentColumn: "BODY", metadataColumn: "ABOUT" },
    });
    expect(await update({ S3BackupMode: "FailedDataOnly" }, "2")).toEqual(
      invalidArgument("S3BackupMode cannot be changed from AllData to FailedDataOnly."),
    );
  });

  test.each<[object, string]>([
    [
      { PrivateKey: undefined },
      "User and PrivateKey are required when SecretsManagerConfiguration is not enabled",
    ],
    [
      { PrivateKey: "A".repeat(256) },
      "PrivateKey is not an RSA key in PKCS8, or KeyPassphrase is another one",
    ],
    [
      { PrivateKey: newKeyPair("open sesame").privateKey, KeyPassphrase: "another one" },
      "PrivateKey is not an RSA key in PKCS8, or KeyPassphrase is another one",
    ],
    [
      { DataLoadingOption: "VARIANT_CONTENT_MAPPING" },
      "ContentColumnName is required with VARIANT_CONTENT_MAPPING",
    ],
    [
      { DataLoadingOption: "VARIANT_CONTENT_AND_METADATA_MAPPING", ContentColumnName: "BODY" },
      "MetaDataColumnName is required with VARIANT_CONTENT_AND_METADATA_MAPPING",
    ],
    [
      { SnowflakeRoleConfiguration: { Enabled: true } },
      "SnowflakeRole is required when SnowflakeRoleConfiguration is enabled",
    ],
    [
      { BufferingHints: { SizeInMBs: 1 } },
      "BufferingHints must hold both SizeInMBs and IntervalInSeconds",
    ],
    [{ SecretsManagerConfiguration: { Enabled: true } }, "Invalid secret ARN: null"],
    [
      {
        SnowflakeVpcConfiguration: {
          PrivateLinkVpceId: "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0",
        },
      },
      "SnowflakeVpcConfiguration is not offered by Hydrant yet: Snowflake is reached at its public endpoint; leave it out",
    ],
  ])("is refused with %j", async (members, message) => {
    const answer = await harness().call("CreateDeliveryStream", snowflake(members));
    expect(answer).toEqual(invalidArgument(message));
  });

  test("is entered by a secret, or by a key with a passphrase", async () => {
    const keyless = { User: undefined, PrivateKey: undefined };
    const bySecret = await created({ ...keyless, SecretsManagerConfiguration: SECRET });
    const { receiver } = (await bySecret.deliveryStreams.get("clicks"))!.destination;
    expect(receiver).toMatchObject({ secret: { arn: SECRET.SecretARN, roleArn: ROLE_ARN } });
    const { privateKey } = newKeyPair("open sesame");
    const byKey = await created({ PrivateKey: privateKey, KeyPassphrase: "open sesame" });
    expect((await byKey.deliveryStreams.get("clicks"))!.receiverSecrets).toEqual({
      PrivateKey: privateKey,
      KeyPassphrase: "open sesame",
    });
    expect(JSON.stringify(await byKey.shown())).not.toContain("sesame");
  });

  test("is refused where the deployment does not list its account", async () => {
    const place = { region: "eu-west-1", accountId: ACCOUNT_ID };
    const create = (endpoint: string) =>
      harness({ targets: targetRules(place, { endpoint }) }).call(
        "CreateDeliveryStream",
        snowflake(),
      );
    expect((await create("https://acme-*.snowflakecomputing.com")).error).toBeUndefined();
    expect((await create("https://other.snowflakecomputing.com")).error?.message).toContain(
      `https://${HOST}/ is not among the endpoints`,
    );
  });

  test("is refused for its form by the bounds of AWS's model, without its key", async () => {
    const { error } = await harness().call(
      "CreateDeliveryStream",
      snowflake({ AccountUrl: "https://acme.example.com/snowflake", KeyPassphrase: "short" }),
    );
    expect(error?.name).toBe("ValidationException");
    expect(error?.message).toContain("accountUrl");
    expect(error?.message).toContain("keyPassphrase");
  });
});
