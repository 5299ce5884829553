/** Format conversions as CreateDeliveryStream takes and refuses them, and as Describe shows them. */
import { describe, expect, it, test } from "vitest";
import { PARQUET_DEFAULTS } from "../../../../src/delivery/formats/parquet.ts";
import { create } from "./create-requests.ts";
import { createRequest, harness, invalidArgument } from "./harness.ts";

const TABLE = {
  RoleARN: "arn:aws:iam::123456789012:role/firehose",
  DatabaseName: "analytics",
  TableName: "events",
};

function conversion(
  deserializer: object = { OpenXJsonSerDe: {} },
  serializer: object = { ParquetSerDe: {} },
  table: object = TABLE,
) {
  return {
    DataFormatConversionConfiguration: {
      InputFormatConfiguration: { Deserializer: deserializer },
      OutputFormatConfiguration: { Serializer: serializer },
      SchemaConfiguration: table,
    },
  };
}

const without = (member: string) => ({ ...TABLE, [member]: undefined });

async function created(extendedS3: object) {
  const made = harness();
  const request = createRequest(extendedS3);
  const { error } = await made.call("CreateDeliveryStream", request);
  expect(error).toBeUndefined();
  const { DeliveryStreamName } = request as { DeliveryStreamName: string };
  return {
    stream: (await made.deliveryStreams.get(DeliveryStreamName))!,
    shown: (await made.call("DescribeDeliveryStream", { DeliveryStreamName })).value as {
      DeliveryStreamDescription: {
        Destinations: { ExtendedS3DestinationDescription: Record<string, unknown> }[];
      };
    },
  };
}

describe("a conversion", () => {
  it("has AWS's defaults, a large buffer among them", async () => {
    const { stream, shown } = await created(conversion());
    expect(stream.destination).toMatchObject({
      bufferSizeMiB: 128,
      bufferIntervalSeconds: 300,
      conversion: {
        deserializer: {
          kind: "openx",
          caseInsensitive: true,
          convertDotsInJsonKeysToUnderscores: false,
          columnToJsonKeyMappings: {},
        },
        parquet: PARQUET_DEFAULTS,
        table: {
          databaseName: "analytics",
          tableName: "events",
          versionId: "LATEST",
          roleArn: TABLE.RoleARN,
        },
      },
    });
    const [destination] = shown.DeliveryStreamDescription.Destinations;
    expect(destination?.ExtendedS3DestinationDescription).toMatchObject({
      ...conversion(),
      BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 300 },
    });
  });

  it("is taken with all that is set", async () => {
    const { stream } = await created(
      conversion(
        { HiveJsonSerDe: { TimestampFormats: ["yyyy-MM-dd", "millis"] } },
        {
          ParquetSerDe: {
            Compression: "GZIP",
            BlockSizeBytes: 67_108_864,
            PageSizeBytes: 65_536,
            EnableDictionaryCompression: true,
            MaxPaddingBytes: 8,
            WriterVersion: "V2",
          },
        },
        { ...TABLE, CatalogId: "1", Region: "eu-west-1", VersionId: "7" },
      ),
    );
    expect(stream.destination.conversion).toEqual({
      deserializer: { kind: "hive", timestampFormats: ["yyyy-MM-dd", "millis"] },
      parquet: {
        compression: "GZIP",
        blockSizeBytes: 67_108_864,
        pageSizeBytes: 65_536,
        enableDictionaryCompression: true,
        maxPaddingBytes: 8,
        writerVersion: "V2",
      },
      table: {
        catalogId: "1",
        databaseName: "analytics",
        tableName: "events",
        region: "eu-west-1",
        versionId: "7",
        roleArn: TABLE.RoleARN,
      },
    });
  });

  it("that is switched off is shown, and neither read nor looked at", async () => {
    const off = { Enabled: false, SchemaConfiguration: {} };
    const { stream } = await created({ DataFormatConversionConfiguration: off });
    expect(stream.destination.conversion).toBeUndefined();
    expect(stream.destination.bufferSizeMiB).toBe(5);
    expect(stream.dataFormatConversionConfiguration).toEqual(off);
  });

  it.each([
    [
      conversion({ OpenXJsonSerDe: {}, HiveJsonSerDe: {} }),
      "More than one deserializer specified. Only one may be chosen.",
    ],
    [conversion({}, { ParquetSerDe: {}, OrcSerDe: {} }), "Deserializer must not be null"],
    [
      conversion(undefined, { ParquetSerDe: {}, OrcSerDe: {} }),
      "More than one serializer specified. Only one may be chosen.",
    ],
    [
      conversion(undefined, undefined, without("RoleARN")),
      "SchemaConfiguration.RoleARN must not be null",
    ],
    [
      conversion(undefined, undefined, without("DatabaseName")),
      "SchemaConfiguration.DatabaseName must not be null",
    ],
    [
      conversion(undefined, undefined, without("TableName")),
      "SchemaConfiguration.TableName must not be null",
    ],
    [
      conversion({ HiveJsonSerDe: { TimestampFormats: ["yyyy", "bogus"] } }),
      "One or more SerDe options are invalid for org.apache.hcatalog.data.JsonSerDe: [Key: timestamp.formats Value: bogus]",
    ],
    [
      conversion(undefined, { OrcSerDe: {} }),
      "OrcSerDe is not supported: this service writes Apache Parquet only. Use ParquetSerDe as the serializer.",
    ],
  ])("is refused: %j", async (extendedS3, message) => {
    expect(await create(extendedS3)).toEqual(invalidArgument(message));
  });
});

test("an update switches a conversion on and off, and keeps what it does not name", async () => {
  const made = harness();
  const request = createRequest({ BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 } });
  await made.call("CreateDeliveryStream", request);
  const { DeliveryStreamName } = request as { DeliveryStreamName: string };
  const update = async (version: number, ExtendedS3DestinationUpdate: object) => {
    const { error } = await made.call("UpdateDestination", {
      DeliveryStreamName,
      CurrentDeliveryStreamVersionId: String(version),
      DestinationId: "destinationId-000000000001",
      ExtendedS3DestinationUpdate,
    });
    expect(error).toBeUndefined();
    return (await made.deliveryStreams.get(DeliveryStreamName))!.destination.conversion;
  };
  expect(await update(1, conversion())).toMatchObject({ deserializer: { kind: "openx" } });
  expect(await update(2, { Prefix: "other/" })).toMatchObject({ deserializer: { kind: "openx" } });
  const off = { DataFormatConversionConfiguration: { Enabled: false } };
  expect(await update(3, off)).toBeUndefined();
});
