import { describe, expect, test } from "vitest";
import { ACCOUNT_ID, BUCKET_ARN, harness, ROLE_ARN, target } from "../harness.ts";

const NAME = { DeliveryStreamName: "access-logs" };
const CLUSTER = "jdbc:redshift://work.abc123.eu-west-1.redshift.amazonaws.com:5439/dev";
const WORKGROUP = `jdbc:redshift://wg.${ACCOUNT_ID}.eu-west-1.redshift-serverless.amazonaws.com:5439/dev`;
const SECRET_ARN = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT_ID}:secret:redshift-AbC123`;

const REDSHIFT = {
  RoleARN: ROLE_ARN,
  ClusterJDBCURL: CLUSTER,
  CopyCommand: { DataTableName: "public.logs", CopyOptions: "JSON 'auto';" },
  Username: "loader",
  Password: "secret-password",
  S3Configuration: target({ Prefix: "raw/" }),
};

async function created(over: object = {}, overrides: Parameters<typeof harness>[0] = {}) {
  const made = harness(overrides);
  const { error } = await made.call("CreateDeliveryStream", {
    ...NAME,
    RedshiftDestinationConfiguration: { ...REDSHIFT, ...over },
  });
  const described = async () => {
    const { value } = await made.call("DescribeDeliveryStream", NAME);
    return value.DeliveryStreamDescription.Destinations[0].RedshiftDestinationDescription;
  };
  const settings = async () => (await made.deliveryStreams.get("access-logs"))!.destination;
  return { ...made, error, described, settings };
}

describe("a stream into Redshift", () => {
  test("is described with AWS's defaults, and without its password", async () => {
    const { described, deliveryStreams } = await created();
    expect(await described()).toEqual({
      RoleARN: ROLE_ARN,
      ClusterJDBCURL: CLUSTER,
      CopyCommand: REDSHIFT.CopyCommand,
      Username: "loader",
      RetryOptions: { DurationInSeconds: 3600 },
      S3BackupMode: "Disabled",
      CloudWatchLoggingOptions: { Enabled: false },
      S3DestinationDescription: {
        RoleARN: ROLE_ARN,
        BucketARN: BUCKET_ARN,
        Prefix: "raw/",
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
        CompressionFormat: "UNCOMPRESSED",
        EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
        CloudWatchLoggingOptions: { Enabled: false },
      },
    });
    expect(JSON.stringify(await deliveryStreams.get("access-logs"))).not.toContain(
      "secret-password",
    );
  });

  test("copies from its bucket, by the hints of that", async () => {
    const { settings } = await created({
      S3Configuration: target({
        Prefix: "year=!{timestamp:yyyy}/",
        ErrorOutputPrefix: "failed/",
        CompressionFormat: "GZIP",
        BufferingHints: { SizeInMBs: 7, IntervalInSeconds: 60 },
      }),
      RetryOptions: { DurationInSeconds: 0 },
    });
    expect(await settings()).toMatchObject({
      compression: "GZIP",
      bufferSizeMiB: 7,
      bufferIntervalSeconds: 60,
      receiver: {
        kind: "redshift",
        place: "work/dev/public.logs",
        retrySeconds: 0,
        warehouse: { kind: "cluster", name: "work", region: "eu-west-1" },
        database: "dev",
        user: "loader",
        table: "public.logs",
        copyOptions: "JSON 'auto'",
        compression: "GZIP",
        folder: "year=",
      },
    });
  });

  test("of a secret, and with a source backup", async () => {
    const secret = { Enabled: true, SecretARN: SECRET_ARN };
    const { settings, described } = await created({
      ClusterJDBCURL: WORKGROUP,
      Username: undefined,
      Password: undefined,
      SecretsManagerConfiguration: secret,
      S3BackupMode: "Enabled",
      S3BackupConfiguration: target({ Prefix: "backup/" }),
    });
    expect(await settings()).toMatchObject({
      receiver: {
        warehouse: { kind: "workgroup", name: "wg", accountId: ACCOUNT_ID },
        secret: { arn: SECRET_ARN, roleArn: ROLE_ARN },
        folder: "raw/",
      },
      backup: { prefix: "backup/" },
    });
    expect(await described()).toMatchObject({
      S3BackupMode: "Enabled",
      S3BackupDescription: { Prefix: "backup/" },
      SecretsManagerConfiguration: secret,
    });
  });

  test.each([
    [
      { ClusterJDBCURL: "jdbc:redshift://a.redshift.amazonaws.com:5439/dev" },
      /^ClusterJDBCURL must name a cluster or a workgroup by its own endpoint/,
    ],
    [{ S3Configuration: target({ CompressionFormat: "Snappy" }) }, /^Compression format Snappy/],
    [{ S3Configuration: target({ CompressionFormat: "ZIP" }) }, /^Compression format ZIP/],
    [{ S3BackupMode: "Enabled" }, /^S3 backup destination configuration is required/],
    [
      { CopyCommand: { DataTableName: "logs; DROP TABLE logs" } },
      /^CopyCommand.DataTableName must be a part of one COPY/,
    ],
    [
      { CopyCommand: { DataTableName: "logs", CopyOptions: "CSV; DROP TABLE logs" } },
      /^CopyCommand.CopyOptions must be a part of one COPY/,
    ],
    [
      { SecretsManagerConfiguration: { Enabled: true, SecretARN: SECRET_ARN } },
      /^Username and Password cannot be given together with/,
    ],
    [{ Username: undefined }, /^Password is given without Username/],
    [{ ClusterJDBCURL: WORKGROUP }, /^Username of a workgroup is not offered by Hydrant yet: /],
    [
      { S3Configuration: target({ Prefix: "!{timestamp:yyyy}/", ErrorOutputPrefix: "!{x}" }) },
      /^Ths supplied prefix/,
    ],
  ])("refuses %j", async (over, message) => {
    const { error } = await created(over);
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toMatch(message);
  });

  test.each([
    [{ ClusterJDBCURL: "jdbc:mysql://a.b:1/dev" }, "clusterJDBCURL"],
    [{ Password: "short" }, "password"],
    [{ RetryOptions: { DurationInSeconds: 7201 } }, "durationInSeconds"],
    [{ CopyCommand: { DataTableName: "" } }, "dataTableName"],
    [{ CopyCommand: { DataTableName: "a", CopyOptions: "x".repeat(10_241) } }, "copyOptions"],
  ])("refuses the form of %j", async (over, member) => {
    const { error } = await created(over);
    expect(error?.name).toBe("ValidationException");
    expect(error?.message).toContain(member);
  });

  test("asks for one way of entering, as AWS does, where only what AWS has is taken", async () => {
    const none = { Username: undefined, Password: undefined };
    expect((await created(none)).error).toBeUndefined();
    expect((await created(none, { isStrict: true })).error?.message).toMatch(/^Either Username/);
  });

  test("names its warehouse as a target, of a role or not", async () => {
    const { targetRules } = await import("../../../../helpers/targets.ts");
    const here = { region: "eu-west-1", accountId: ACCOUNT_ID };
    const arn = `arn:aws:redshift:eu-west-1:${ACCOUNT_ID}:cluster:work`;
    const answers = async (warehouse: string) =>
      (await created({}, { targets: targetRules(here, { warehouse }) })).error?.message;
    expect(await answers(arn)).toBeUndefined();
    expect(await answers("")).toBe(
      `${arn} is not among the clusters and workgroups of Redshift that deliveries may copy into: the parameter destinationWarehouses of this deployment lists them`,
    );
  });
});

describe("an update of it", () => {
  const update = (RedshiftDestinationUpdate: object) => ({
    ...NAME,
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    RedshiftDestinationUpdate,
  });

  test("changes member by member, and needs no password again", async () => {
    const { call, described, settings } = await created();
    const { error } = await call(
      "UpdateDestination",
      update({
        CopyCommand: { DataTableName: "other" },
        RetryOptions: { DurationInSeconds: 60 },
        S3Update: { Prefix: "new/" },
        S3BackupMode: "Enabled",
        S3BackupUpdate: target({ Prefix: "backup/" }),
      }),
    );
    expect(error).toBeUndefined();
    expect(await described()).toMatchObject({
      ClusterJDBCURL: CLUSTER,
      CopyCommand: { DataTableName: "other" },
      RetryOptions: { DurationInSeconds: 60 },
      S3DestinationDescription: { Prefix: "new/", BucketARN: BUCKET_ARN },
      S3BackupDescription: { Prefix: "backup/" },
    });
    expect((await described()).CopyCommand).not.toHaveProperty("CopyOptions");
    expect(await settings()).toMatchObject({ receiver: { table: "other", folder: "new/" } });
  });

  test("to another type is refused", async () => {
    const { call } = await created();
    const { RedshiftDestinationUpdate: _none, ...rest } = update({});
    const { error } = await call("UpdateDestination", {
      ...rest,
      ExtendedS3DestinationUpdate: { Prefix: "x" },
    });
    expect(error?.message).toBe(
      "Changing the destination type to or from Redshift is not supported at this time.",
    );
  });
});
