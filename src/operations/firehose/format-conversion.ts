/**
 * Firehose's refusals of a data format conversion, in its order: compression, buffer size, the three parts, and
 * what is in them; and what is left, read with its defaults. An absent `Enabled` means true.
 * https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html
 */
import { type ConversionSettings, LATEST } from "../../delivery/formats/conversion.ts";
import type { Deserializer } from "../../delivery/formats/deserializer.ts";
import {
  invalidTimestampFormat,
  readTimestampFormat,
} from "../../delivery/formats/joda-pattern.ts";
import { OPENX_DEFAULTS } from "../../delivery/formats/openx-json.ts";
import { ORC_NOT_OFFERED } from "../../delivery/formats/orc.ts";
import { PARQUET_DEFAULTS, type ParquetOptions } from "../../delivery/formats/parquet.ts";
import { LARGE_BUFFER_SIZE_MIN_MIB } from "../../limits.ts";
import { invalidArgument } from "./refusals.ts";
import type { DataFormatConversion, ExtendedS3Configuration } from "./s3-shapes.ts";

const PARTS = [
  "InputFormatConfiguration",
  "OutputFormatConfiguration",
  "SchemaConfiguration",
] as const;

const TABLE = ["RoleARN", "DatabaseName", "TableName"] as const;

export function checkFormatConversion(
  configuration: ExtendedS3Configuration,
  { isStrict }: { readonly isStrict: boolean },
): void {
  const conversion = configuration.DataFormatConversionConfiguration;
  if (!isConverting(conversion)) return;
  if ((configuration.CompressionFormat ?? "UNCOMPRESSED") !== "UNCOMPRESSED") {
    throw invalidArgument(
      "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled",
    );
  }
  const sizeMiB = configuration.BufferingHints?.SizeInMBs;
  if (isStrict && sizeMiB !== undefined && sizeMiB < LARGE_BUFFER_SIZE_MIN_MIB) {
    throw invalidArgument(
      `BufferingHints.SizeInMBs must be at least ${LARGE_BUFFER_SIZE_MIN_MIB} when data format conversion is enabled.`,
    );
  }
  for (const part of PARTS) {
    if (conversion[part] === undefined) throw invalidArgument(`${part} must not be null`);
  }
  requireOne("Deserializer", conversion.InputFormatConfiguration?.Deserializer);
  requireOne("Serializer", conversion.OutputFormatConfiguration?.Serializer);
  for (const member of TABLE) {
    // AWS's sentence is not known.
    if (conversion.SchemaConfiguration?.[member] === undefined) {
      throw invalidArgument(`SchemaConfiguration.${member} must not be null`);
    }
  }
  const { HiveJsonSerDe } = conversion.InputFormatConfiguration?.Deserializer ?? {};
  for (const pattern of HiveJsonSerDe?.TimestampFormats ?? []) {
    if (readTimestampFormat(pattern) === undefined) {
      throw invalidArgument(invalidTimestampFormat(pattern));
    }
  }
}

/** differs from AWS: it writes ORC, too. */
export function refuseOrc({ DataFormatConversionConfiguration: given }: ExtendedS3Configuration) {
  if (!isConverting(given)) return;
  if (given.OutputFormatConfiguration?.Serializer?.OrcSerDe !== undefined) {
    throw invalidArgument(ORC_NOT_OFFERED);
  }
}

export function isConverting(
  given: DataFormatConversion | undefined,
): given is DataFormatConversion {
  return given !== undefined && given.Enabled !== false;
}

/** Of a configuration that was checked. */
export function readFormatConversion(given: DataFormatConversion | undefined): {
  readonly conversion?: ConversionSettings;
} {
  if (!isConverting(given)) return {};
  const { CatalogId, DatabaseName, TableName, Region, VersionId, RoleARN } =
    given.SchemaConfiguration!;
  return {
    conversion: {
      deserializer: readDeserializer(given.InputFormatConfiguration!.Deserializer!),
      parquet: readParquet(given.OutputFormatConfiguration!.Serializer!.ParquetSerDe!),
      table: {
        ...(CatalogId !== undefined && { catalogId: CatalogId }),
        databaseName: DatabaseName!,
        tableName: TableName!,
        ...(Region !== undefined && { region: Region }),
        versionId: VersionId ?? LATEST,
        roleArn: RoleARN!,
      },
    },
  };
}

type GivenDeserializer = NonNullable<
  NonNullable<DataFormatConversion["InputFormatConfiguration"]>["Deserializer"]
>;

function readDeserializer({ OpenXJsonSerDe, HiveJsonSerDe }: GivenDeserializer): Deserializer {
  if (OpenXJsonSerDe === undefined) {
    return { kind: "hive", timestampFormats: HiveJsonSerDe?.TimestampFormats ?? [] };
  }
  const { CaseInsensitive, ConvertDotsInJsonKeysToUnderscores, ColumnToJsonKeyMappings } =
    OpenXJsonSerDe;
  const unset = OPENX_DEFAULTS;
  return {
    kind: "openx",
    caseInsensitive: CaseInsensitive ?? unset.caseInsensitive,
    convertDotsInJsonKeysToUnderscores:
      ConvertDotsInJsonKeysToUnderscores ?? unset.convertDotsInJsonKeysToUnderscores,
    columnToJsonKeyMappings: ColumnToJsonKeyMappings ?? unset.columnToJsonKeyMappings,
  };
}

type GivenParquet = NonNullable<
  NonNullable<
    NonNullable<DataFormatConversion["OutputFormatConfiguration"]>["Serializer"]
  >["ParquetSerDe"]
>;

function readParquet(given: GivenParquet): ParquetOptions {
  const unset = PARQUET_DEFAULTS;
  return {
    compression: given.Compression ?? unset.compression,
    blockSizeBytes: given.BlockSizeBytes ?? unset.blockSizeBytes,
    pageSizeBytes: given.PageSizeBytes ?? unset.pageSizeBytes,
    enableDictionaryCompression:
      given.EnableDictionaryCompression ?? unset.enableDictionaryCompression,
    maxPaddingBytes: given.MaxPaddingBytes ?? unset.maxPaddingBytes,
    writerVersion: given.WriterVersion ?? unset.writerVersion,
  };
}

function requireOne(kind: "Deserializer" | "Serializer", choices: object | undefined): void {
  const count = Object.keys(choices ?? {}).length;
  if (count === 0) throw invalidArgument(`${kind} must not be null`);
  if (count > 1) {
    throw invalidArgument(`More than one ${kind.toLowerCase()} specified. Only one may be chosen.`);
  }
}
