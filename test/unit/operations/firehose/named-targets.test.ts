/** Whatever a delivery stream names is refused when it is named, unless the deployment lists it. */
import { describe, expect, test } from "vitest";
import { namedTargets } from "../../../../src/operations/firehose/named-targets.ts";
import type { TargetKind } from "../../../../src/targets/kinds.ts";
import { targetRules } from "../../../helpers/targets.ts";
import { ACCOUNT_ID, createRequest, harness, ROLE_ARN, target } from "./harness.ts";

const REGION = "eu-west-1";
const place = { region: REGION, accountId: ACCOUNT_ID };
const here = (service: string, rest: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${rest}`;
const LISTED: Readonly<Partial<Record<TargetKind, string>>> = {
  bucket: "deliveries,copies,shared/team-a",
  transform: here("lambda", "function:clean"),
  errorLog: here("logs", "log-group:/aws/kinesisfirehose/*"),
  table: ["catalog", "database/logs", "table/logs/*"].map((name) => here("glue", name)).join(),
  streamKey: here("kms", "key/streams"),
  objectKey: here("kms", "key/objects"),
};
const narrow = () => harness({ targets: targetRules(place, LISTED) });

const lambda = (LambdaArn: string, ...more: readonly object[]) => ({
  ProcessingConfiguration: {
    Enabled: true,
    Processors: [
      {
        Type: "Lambda",
        Parameters: [{ ParameterName: "LambdaArn", ParameterValue: LambdaArn }, ...more],
      },
    ],
  },
});
const encryptedBy = (AWSKMSKeyARN: string) => ({
  EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN } },
});
const loggedTo = (LogGroupName: string, Enabled = true) => ({
  CloudWatchLoggingOptions: { Enabled, LogGroupName, LogStreamName: "S3Delivery" },
});
const converted = (schema: object) => ({
  DataFormatConversionConfiguration: {
    SchemaConfiguration: {
      RoleARN: ROLE_ARN,
      DatabaseName: "logs",
      TableName: "access",
      ...schema,
    },
    InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
  },
});
const backedUpTo = (members: object) => ({
  S3BackupMode: "Enabled",
  S3BackupConfiguration: target(members),
});

const NOT_LISTED: readonly (readonly [string, string, object])[] = [
  ["destinationBuckets", "a bucket", { BucketARN: "arn:aws:s3:::others" }],
  ["destinationBuckets", "a bucket in other letters", { BucketARN: "arn:aws:s3:::Deliveries" }],
  ["destinationBuckets", "a folder", { BucketARN: "arn:aws:s3:::shared", Prefix: "team-b/" }],
  ["destinationBuckets", "a whole bucket", { BucketARN: "arn:aws:s3:::shared" }],
  [
    "destinationBuckets",
    "a folder that is only known later",
    {
      BucketARN: "arn:aws:s3:::shared",
      Prefix: "!{timestamp:yyyy}/team-a/",
      ErrorOutputPrefix: "team-a/errors/!{firehose:error-output-type}/",
    },
  ],
  [
    "destinationBuckets",
    "a folder of errors",
    { BucketARN: "arn:aws:s3:::shared", Prefix: "team-a/", ErrorOutputPrefix: "errors/" },
  ],
  ["destinationBuckets", "a bucket for backups", backedUpTo({ BucketARN: "arn:aws:s3:::others" })],
  ["transformFunctions", "a function", lambda(here("lambda", "function:others"))],
  ["transformFunctions", "an alias of it", lambda(here("lambda", "function:clean:PROD"))],
  ["transformFunctions", "its latest version by name", lambda("clean:$LATEST")],
  [
    "transformFunctions",
    "one of another account",
    lambda(`arn:aws:lambda:${REGION}:999999999999:function:clean`),
  ],
  ["objectKeys", "a key", encryptedBy(here("kms", "key/others"))],
  ["objectKeys", "an alias of it", encryptedBy(here("kms", "alias/objects"))],
  ["objectKeys", "a key of the backup's", backedUpTo(encryptedBy(here("kms", "key/others")))],
  ["errorLogGroups", "a log group", loggedTo("/aws/lambda/others")],
  ["errorLogGroups", "a log group of the backup's", backedUpTo(loggedTo("others"))],
  ["conversionTables", "a table", converted({ DatabaseName: "others" })],
  ["conversionTables", "a table of another account", converted({ CatalogId: "999999999999" })],
  ["conversionTables", "a table of another region", converted({ Region: "us-east-1" })],
  [
    "conversionTables",
    "a table of another catalog",
    converted({ CatalogId: `${ACCOUNT_ID}:s3tablescatalog/x` }),
  ],
];

const LISTED_SETTINGS: readonly (readonly [string, object])[] = [
  ["a bucket", {}],
  ["a folder", { BucketARN: "arn:aws:s3:::shared", Prefix: "team-a/logs/" }],
  ["a bucket for backups", backedUpTo({ BucketARN: "arn:aws:s3:::copies" })],
  ["a function", lambda(here("lambda", "function:clean"))],
  ["a function by its name", lambda("clean")],
  ["a key", encryptedBy(here("kms", "key/objects"))],
  ["a log group", loggedTo("/aws/kinesisfirehose/logs")],
  ["a log group that is switched off", loggedTo("/aws/lambda/others", false)],
  ["a table", converted({})],
  ["a table in other letters", converted({ DatabaseName: "Logs", TableName: "Access" })],
];

describe("CreateDeliveryStream", () => {
  test.each(NOT_LISTED)("names %s where they do not list %s", async (parameter, _, settings) => {
    const { call, deliveryStreams } = narrow();
    const { error } = await call("CreateDeliveryStream", createRequest(settings));
    expect(error).toMatchObject({
      name: "InvalidArgumentException",
      message: expect.stringContaining(`the parameter ${parameter} of this deployment`),
    });
    expect(await deliveryStreams.get("access-logs")).toBeUndefined();
  });

  test.each(LISTED_SETTINGS)("takes %s that is listed", async (_, settings) => {
    const { error } = await narrow().call("CreateDeliveryStream", createRequest(settings));
    expect(error).toBeUndefined();
  });

  test.each([
    ["arn:aws-cn:s3:::deliveries", "BucketARN must begin with arn:aws:s3:::"],
    ["arn:x:y:s3:::deliveries", "BucketARN must begin with arn:aws:s3:::"],
    ["arn:aws:s3:::..", "No bucket is called .."],
    ["arn:aws:s3:::a..b", "No bucket is called a..b"],
    ["arn:aws:s3:::logs-1a2b-s3alias", "logs-1a2b-s3alias is another name of a bucket"],
    ["arn:aws:s3:::a--x-S3", "a--x-S3 is another name of a bucket"],
  ])("refuses %s whatever is listed", async (BucketARN, message) => {
    const { error } = await harness().call("CreateDeliveryStream", createRequest({ BucketARN }));
    expect(error?.message).toContain(message);
  });

  test.each([
    [{ Prefix: "../hydrant-dev-log-123456789012/" }, "prefix"],
    [{ Prefix: "a/../../b/" }, "prefix"],
    [{ ErrorOutputPrefix: "../" }, "ErrorOutputPrefix"],
  ])("refuses the prefixes %j, which lead out of the bucket", async (settings, name) => {
    const { error } = await harness().call("CreateDeliveryStream", createRequest(settings));
    expect(error?.message).toContain(
      `The evaluated ${name} must not lead out of the bucket by ../`,
    );
  });

  test("refuses a function of another region, and what is no region", async () => {
    const { call } = harness();
    const named = async (settings: object) =>
      (await call("CreateDeliveryStream", createRequest(settings))).error?.message;
    const elsewhere = `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:function:clean`;
    expect(await named(lambda(elsewhere))).toBe(
      `LambdaArn must name a function of the region ${REGION}, got ${elsewhere}`,
    );
    expect(await named(converted({ Region: "x.example.com/" }))).toBe(
      "SchemaConfiguration.Region must be a region, got x.example.com/",
    );
  });

  test.each([
    ["a bucket", { BucketARN: `arn:aws:s3:::hydrant-dev-log-${ACCOUNT_ID}` }],
    ["a backup", backedUpTo({ BucketARN: `arn:aws:s3:::Hydrant-Dev-Log-${ACCOUNT_ID}` })],
    ["a function", lambda("hydrant-dev-api")],
    ["a version", lambda(`${here("lambda", "function:hydrant-dev-mappings")}:$LATEST`)],
    ["a log group", loggedTo("/aws/lambda/hydrant-dev-api")],
  ])("never takes %s of Hydrant's own", async (_, settings) => {
    const { error } = await harness().call("CreateDeliveryStream", createRequest(settings));
    expect(error?.name).toBe("InvalidArgumentException");
    expect(error?.message).toContain("is one of Hydrant's own, which nothing may be pointed at");
  });

  test("refuses a key for its records that is not listed", async () => {
    const create = (KeyARN: string) =>
      narrow().call(
        "CreateDeliveryStream",
        createRequest(
          {},
          {
            DeliveryStreamEncryptionConfigurationInput: { KeyType: "CUSTOMER_MANAGED_CMK", KeyARN },
          },
        ),
      );
    expect((await create(here("kms", "key/others"))).error?.message).toContain("streamKeys");
    expect((await create(here("kms", "key/streams"))).error).toBeUndefined();
  });
});

describe("UpdateDestination", () => {
  const update = (ExtendedS3DestinationUpdate: object) => ({
    DeliveryStreamName: "access-logs",
    CurrentDeliveryStreamVersionId: "1",
    DestinationId: "destinationId-000000000001",
    ExtendedS3DestinationUpdate,
  });

  test.each(NOT_LISTED)("names %s where they do not list %s", async (parameter, _, settings) => {
    const { call, deliveryStreams } = narrow();
    await call("CreateDeliveryStream", createRequest());
    const { S3BackupConfiguration, ...rest } = settings as {
      readonly S3BackupConfiguration?: object;
    };
    const given = S3BackupConfiguration ? { ...rest, S3BackupUpdate: S3BackupConfiguration } : rest;
    const { error } = await call("UpdateDestination", update(given));
    expect(error?.message).toContain(`the parameter ${parameter} of this deployment`);
    expect(await deliveryStreams.get("access-logs")).toMatchObject({ versionId: 1 });
  });

  test("switches no log group on that is not listed, and repairs a bucket that is not", async () => {
    const { call, context } = harness();
    const lists = { ...LISTED, bucket: "copies" };
    const narrowed = { targets: targetRules(place, lists) };
    await call("CreateDeliveryStream", createRequest(loggedTo("others", false)));
    const change = (settings: object) => call("UpdateDestination", update(settings), narrowed);
    expect((await change({ Prefix: "a/" })).error?.message).toContain("destinationBuckets");
    const mended = { BucketARN: "arn:aws:s3:::copies" };
    expect((await change({ ...mended, ...loggedTo("others") })).error?.message).toContain(
      "errorLogGroups",
    );
    expect((await change(mended)).error).toBeUndefined();
    expect(context.targets.lists.bucket).toContain("*");
  });
});

test("StartDeliveryStreamEncryption names streamKeys where they do not list its key", async () => {
  const { call } = narrow();
  await call("CreateDeliveryStream", createRequest());
  const { error } = await call("StartDeliveryStreamEncryption", {
    DeliveryStreamName: "access-logs",
    DeliveryStreamEncryptionConfigurationInput: {
      KeyType: "CUSTOMER_MANAGED_CMK",
      KeyARN: here("kms", "key/others"),
    },
  });
  expect(error).toEqual({
    name: "InvalidArgumentException",
    message: `${here("kms", "key/others")} is not among the keys that streams may be encrypted with: the parameter streamKeys of this deployment lists them`,
  });
});

test("names each target once by what a policy calls it, of a folder what all its names begin with", () => {
  const roleOf = (name: string) => ({ ParameterName: "RoleArn", ParameterValue: name });
  const settings = {
    ...target({
      Prefix: "team-a/!{timestamp:yyyy}/",
      ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
    }),
    ...(lambda("clean:PROD", roleOf("arn:aws:iam::999999999999:role/other")) as object),
    ...converted({ CatalogId: `${ACCOUNT_ID}:s3tablescatalog/lake` }),
  };
  expect(namedTargets(settings, place).map(({ kind, arn }) => [kind, arn])).toEqual([
    ["role", ROLE_ARN],
    ["bucket", "arn:aws:s3:::deliveries/team-a/"],
    ["bucket", "arn:aws:s3:::deliveries/errors/"],
    ["role", "arn:aws:iam::999999999999:role/other"],
    ["transform", here("lambda", "function:clean:PROD")],
    ["role", ROLE_ARN],
    ["table", here("glue", "catalog/s3tablescatalog/lake")],
    ["table", here("glue", "database/s3tablescatalog/lake/logs")],
    ["table", here("glue", "table/s3tablescatalog/lake/logs/access")],
  ]);
});
