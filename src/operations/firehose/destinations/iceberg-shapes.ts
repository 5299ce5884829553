/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_IcebergDestinationConfiguration.html */
import {
  BUFFER_SIZE_MAX_MIB,
  ICEBERG_TABLES_MAX_COUNT,
  ICEBERG_UNIQUE_KEYS_MAX_COUNT,
} from "../../../limits.ts";
import { boolean, type Infer, list, required, string, structure } from "../../../wire/shape.ts";
import { roleArn, word } from "../common-shapes.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration } from "../s3-shapes.ts";
import { bufferingHints, cloudWatchLoggingOptions, retryOptions } from "./common-shapes.ts";

const tableOrDatabase = string({
  minLength: 1,
  maxLength: 255,
  pattern: String.raw`[a-zA-Z0-9\.\_]+`,
});

const catalogConfiguration = structure({
  CatalogARN: string({
    minLength: 1,
    maxLength: 512,
    // Nothing between two colons holds one, which AWS's own pattern would take.
    pattern: String.raw`arn:[^:]*:glue:[^:]*:\d{12}:catalog(?:(/[a-z0-9_-]+){1,2})?`,
    printedPattern: String.raw`arn:.*:glue:.*:\d{12}:catalog(?:(/[a-z0-9_-]+){1,2})?`,
  }),
  WarehouseLocation: string({ minLength: 1, maxLength: 2048, pattern: String.raw`s3:\/\/.*` }),
});

const destinationTable = structure({
  DestinationTableName: required(tableOrDatabase),
  DestinationDatabaseName: required(tableOrDatabase),
  UniqueKeys: list(word, { maxLength: ICEBERG_UNIQUE_KEYS_MAX_COUNT }),
  PartitionSpec: structure({
    Identity: list(structure({ SourceName: required(word) }), {
      maxLength: ICEBERG_UNIQUE_KEYS_MAX_COUNT,
    }),
  }),
  S3ErrorOutputPrefix: string({ maxLength: 1024, pattern: ".*" }),
});

const preview = structure({ Enabled: required(boolean()) });

const members = {
  DestinationTableConfigurationList: list(destinationTable, {
    maxLength: ICEBERG_TABLES_MAX_COUNT,
  }),
  SchemaEvolutionConfiguration: preview,
  TableCreationConfiguration: preview,
  BufferingHints: bufferingHints({ maxMiB: BUFFER_SIZE_MAX_MIB }),
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
  ProcessingConfiguration: processingConfiguration,
  S3BackupMode: string({ enum: ["FailedDataOnly", "AllData"] }),
  RetryOptions: retryOptions,
  AppendOnly: boolean(),
} as const;

export const icebergConfiguration = structure({
  ...members,
  RoleARN: required(roleArn),
  CatalogConfiguration: required(catalogConfiguration),
  S3Configuration: required(s3DestinationConfiguration),
});

/** The configuration of a bucket is given as a whole, as the service model has it. */
export const icebergUpdate = structure({
  ...members,
  RoleARN: roleArn,
  CatalogConfiguration: catalogConfiguration,
  S3Configuration: s3DestinationConfiguration,
});

export type IcebergConfiguration = Infer<typeof icebergConfiguration>;
export type IcebergUpdate = Infer<typeof icebergUpdate>;
export type DestinationTable = Infer<typeof destinationTable>;
