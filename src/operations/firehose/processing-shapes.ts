/** What happens to records between the log and S3, as CreateDeliveryStream takes it. */
import { UNBOUNDED_LIST_MAX_COUNT } from "../../limits.ts";
import {
  boolean,
  double,
  integer,
  list,
  map,
  required,
  string,
  structure,
} from "../../wire/shape.ts";
import { nonEmptyString, word } from "./common-shapes.ts";

const SETTINGS = { maxLength: UNBOUNDED_LIST_MAX_COUNT };

export const processingConfiguration = structure({
  Enabled: boolean(),
  Processors: list(
    structure({
      Type: required(
        string({
          enum: [
            "RecordDeAggregation",
            "Decompression",
            "CloudWatchLogProcessing",
            "Lambda",
            "MetadataExtraction",
            "AppendDelimiterToRecord",
          ],
        }),
      ),
      Parameters: list(
        structure({
          ParameterName: required(
            string({
              enum: [
                "LambdaArn",
                "NumberOfRetries",
                "MetadataExtractionQuery",
                "JsonParsingEngine",
                "RoleArn",
                "BufferSizeInMBs",
                "BufferIntervalInSeconds",
                "SubRecordType",
                "Delimiter",
                "CompressionFormat",
                "DataMessageExtraction",
              ],
            }),
          ),
          ParameterValue: required(
            string({ minLength: 1, maxLength: 5120, pattern: String.raw`^(?!\s*$).+` }),
          ),
        }),
        SETTINGS,
      ),
    }),
    SETTINGS,
  ),
});

export const dynamicPartitioningConfiguration = structure({
  RetryOptions: structure({ DurationInSeconds: integer({ min: 0, max: 7200 }) }),
  Enabled: boolean(),
});

const BLOCK_MIN_BYTES = 64 * 1024 * 1024;

const deserializer = structure({
  OpenXJsonSerDe: structure({
    ConvertDotsInJsonKeysToUnderscores: boolean(),
    CaseInsensitive: boolean(),
    ColumnToJsonKeyMappings: map(word, nonEmptyString, SETTINGS),
  }),
  HiveJsonSerDe: structure({ TimestampFormats: list(nonEmptyString, SETTINGS) }),
});

const serializer = structure({
  ParquetSerDe: structure({
    BlockSizeBytes: integer({ min: BLOCK_MIN_BYTES }),
    PageSizeBytes: integer({ min: 64 * 1024 }),
    Compression: string({ enum: ["UNCOMPRESSED", "GZIP", "SNAPPY"] }),
    EnableDictionaryCompression: boolean(),
    MaxPaddingBytes: integer({ min: 0 }),
    WriterVersion: string({ enum: ["V1", "V2"] }),
  }),
  OrcSerDe: structure({
    StripeSizeBytes: integer({ min: 8 * 1024 * 1024 }),
    BlockSizeBytes: integer({ min: BLOCK_MIN_BYTES }),
    RowIndexStride: integer({ min: 1000 }),
    EnablePadding: boolean(),
    PaddingTolerance: double({ min: 0, max: 1 }),
    Compression: string({ enum: ["NONE", "ZLIB", "SNAPPY"] }),
    BloomFilterColumns: list(word, SETTINGS),
    BloomFilterFalsePositiveProbability: double({ min: 0, max: 1 }),
    DictionaryKeyThreshold: double({ min: 0, max: 1 }),
    FormatVersion: string({ enum: ["V0_11", "V0_12"] }),
  }),
});

export const dataFormatConversionConfiguration = structure({
  SchemaConfiguration: structure({
    RoleARN: word,
    CatalogId: word,
    DatabaseName: word,
    TableName: word,
    Region: word,
    VersionId: word,
  }),
  InputFormatConfiguration: structure({ Deserializer: deserializer }),
  OutputFormatConfiguration: structure({ Serializer: serializer }),
  Enabled: boolean(),
});
