import { describe, expect, test } from "vitest";
import { icebergKind } from "../../../../../src/operations/firehose/destinations/iceberg.ts";

const ROLE = "arn:aws:iam::000000000000:role/firehose";
const GLUE = "arn:aws:glue:us-east-1:000000000000:catalog";
const TABLE = { DestinationDatabaseName: "Lake", DestinationTableName: "events" };
const CONFIGURATION = {
  RoleARN: ROLE,
  CatalogConfiguration: { CatalogARN: GLUE },
  DestinationTableConfigurationList: [TABLE],
  S3Configuration: { RoleARN: ROLE, BucketARN: "arn:aws:s3:::errors" },
};
const ROUTED = {
  Enabled: true,
  Processors: [
    {
      Type: "MetadataExtraction",
      Parameters: [
        { ParameterName: "MetadataExtractionQuery", ParameterValue: "{destinationTableName: .t}" },
        { ParameterName: "JsonParsingEngine", ParameterValue: "JQ-1.6" },
      ],
    },
  ],
};
const CONTEXT = { nowMs: 0, isStrict: false };
const PLACE = { region: "us-east-1", accountId: "000000000000" };

const read = (members: object = {}) => icebergKind.read({ ...CONFIGURATION, ...members }, CONTEXT);

describe("reading", () => {
  test("fills in the defaults", () => {
    expect(read()).toMatchObject({
      bucketArn: "arn:aws:s3:::errors",
      bufferSizeMiB: 5,
      bufferIntervalSeconds: 300,
      receiver: {
        kind: "iceberg",
        place: `${GLUE} Lake.events`,
        roleArn: ROLE,
        retrySeconds: 300,
        catalog: { kind: "glue", region: "us-east-1", catalogId: "000000000000" },
        tables: [{ database: "Lake", table: "events", uniqueKeys: [] }],
        isAppendOnly: false,
        isRouted: false,
      },
    });
  });

  test("takes all that is given, and many tables where records are routed", () => {
    const { receiver, ...rest } = read({
      DestinationTableConfigurationList: [TABLE, { ...TABLE, UniqueKeys: ["id"] }],
      ProcessingConfiguration: ROUTED,
      BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 0 },
      RetryOptions: { DurationInSeconds: 0 },
      AppendOnly: true,
    });
    expect(rest).toMatchObject({ bufferSizeMiB: 64, bufferIntervalSeconds: 0 });
    expect(receiver).toMatchObject({
      place: GLUE,
      retrySeconds: 0,
      isAppendOnly: true,
      isRouted: true,
      tables: [{}, { uniqueKeys: ["id"] }],
    });
    expect(
      read({ DestinationTableConfigurationList: [], ProcessingConfiguration: ROUTED }),
    ).toBeDefined();
  });

  test.each([
    [
      "catalog/s3tablescatalog/lake",
      {
        kind: "s3tables",
        region: "us-east-1",
        accountId: "000000000000",
        bucketName: "lake",
        partition: "aws",
      },
    ],
    ["catalog/rest/lake", { kind: "rest", name: "lake", region: "us-east-1" }],
  ])("knows the catalog %s", (path, catalog) => {
    const CatalogConfiguration = { CatalogARN: GLUE.replace("catalog", path) };
    expect(read({ CatalogConfiguration }).receiver).toMatchObject({ catalog });
  });
});

test.each<[string, object]>([
  [
    "S3BackupMode.AllData is not supported for Iceberg as destination.",
    { S3BackupMode: "AllData" },
  ],
  [
    "A single default destination table configuration must be provided when both Lambda and MetadataExtraction processors are not provided",
    { DestinationTableConfigurationList: undefined },
  ],
  [
    "A single default destination table configuration must be provided when both Lambda and MetadataExtraction processors are not provided",
    { DestinationTableConfigurationList: [TABLE, TABLE] },
  ],
  [
    "BufferingHints must hold both SizeInMBs and IntervalInSeconds",
    { BufferingHints: { SizeInMBs: 1 } },
  ],
  ["CatalogConfiguration must hold a CatalogARN", { CatalogConfiguration: {} }],
  [
    "SchemaEvolutionConfiguration is not offered",
    { SchemaEvolutionConfiguration: { Enabled: true } },
  ],
  ["TableCreationConfiguration is not offered", { TableCreationConfiguration: { Enabled: true } }],
  [
    "WarehouseLocation is not offered",
    { CatalogConfiguration: { CatalogARN: GLUE, WarehouseLocation: "s3://lake" } },
  ],
  [
    "DestinationTableConfiguration.PartitionSpec is not offered",
    { DestinationTableConfigurationList: [{ ...TABLE, PartitionSpec: {} }] },
  ],
  [
    "DestinationTableConfiguration.S3ErrorOutputPrefix is not offered",
    { DestinationTableConfigurationList: [{ ...TABLE, S3ErrorOutputPrefix: "e/" }] },
  ],
  [
    `The catalog ${GLUE}/other/lake is not offered`,
    { CatalogConfiguration: { CatalogARN: `${GLUE}/other/lake` } },
  ],
  [
    `The catalog ${GLUE}/rest is not offered`,
    { CatalogConfiguration: { CatalogARN: `${GLUE}/rest` } },
  ],
])("refuses: %s", (sentence, members) => {
  expect(() => read(members)).toThrow(sentence);
});

test("previews that are switched off are taken", () => {
  expect(read({ TableCreationConfiguration: { Enabled: false } })).toBeDefined();
});

test("Describe shows the defaults", () => {
  expect(icebergKind.describe(CONFIGURATION)).toEqual({
    RoleARN: ROLE,
    CatalogConfiguration: { CatalogARN: GLUE },
    DestinationTableConfigurationList: [TABLE],
    BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
    CloudWatchLoggingOptions: { Enabled: false },
    S3BackupMode: "FailedDataOnly",
    RetryOptions: { DurationInSeconds: 300 },
    AppendOnly: false,
    S3DestinationDescription: {
      RoleARN: ROLE,
      BucketARN: "arn:aws:s3:::errors",
      BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
      CompressionFormat: "UNCOMPRESSED",
      EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
      CloudWatchLoggingOptions: { Enabled: false },
    },
  });
});

test("an update replaces the members that it gives", () => {
  const S3Configuration = { RoleARN: ROLE, BucketARN: "arn:aws:s3:::others" };
  const after = icebergKind.merged(CONFIGURATION, { S3Configuration, AppendOnly: true });
  expect(after).toEqual({ ...CONFIGURATION, S3Configuration, AppendOnly: true });
});

describe("what is named", () => {
  const named = (members: object) =>
    icebergKind
      .named({ ...CONFIGURATION, ...members }, PLACE)
      .map(({ kind, arn }) => `${kind} ${arn}`);

  test("of Glue: the catalog, and of each table the database and the table, in lower case", () => {
    expect(named({})).toEqual(
      [
        `role ${ROLE}`,
        `role ${ROLE}`,
        "bucket arn:aws:s3:::errors/",
        "bucket arn:aws:s3:::errors/iceberg-failed/",
        `icebergTable ${GLUE}`,
        "icebergTable arn:aws:glue:us-east-1:000000000000:database/lake",
        "icebergTable arn:aws:glue:us-east-1:000000000000:table/lake/events",
      ].filter((one) => !one.endsWith("iceberg-failed/")),
    );
  });

  test.each([
    ["s3tablescatalog/lake", "s3TableBucket arn:aws:s3tables:us-east-1:000000000000:bucket/lake"],
    ["rest/lake", `icebergCatalog ${GLUE}/rest/lake`],
  ])("of %s: that alone", (path, expected) => {
    const CatalogConfiguration = { CatalogARN: `${GLUE}/${path}` };
    expect(named({ CatalogConfiguration }).slice(3)).toEqual([expected]);
  });

  test("of settings that are not whole: what there is", () => {
    expect(icebergKind.named({}, PLACE)).toEqual([]);
  });
});
