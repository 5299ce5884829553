/**
 * S3DestinationConfiguration and ExtendedS3DestinationConfiguration, the latter being the former and more, and the
 * updates of both, in which nothing is required.
 */
import {
  BUFFER_INTERVAL_MAX_SECONDS,
  BUFFER_SIZE_FRACTION_MIN_MIB,
  BUFFER_SIZE_MAX_MIB,
  BUFFER_SIZE_MIN_MIB,
  LOG_NAME_MAX_LENGTH,
  PREFIX_MAX_LENGTH,
} from "../../limits.ts";
import { boolean, integer, required, string, structure, type Infer } from "../../wire/shape.ts";
import { kmsKeyArn, roleArn } from "./common-shapes.ts";
import {
  dataFormatConversionConfiguration,
  dynamicPartitioningConfiguration,
  processingConfiguration,
} from "./processing-shapes.ts";

const prefix = string({ maxLength: PREFIX_MAX_LENGTH, pattern: ".*" });

const bucketArn = string({
  minLength: 1,
  maxLength: 2048,
  pattern: String.raw`arn:.*:s3:::[\w\.\-]{1,255}`,
});

const where = { RoleARN: required(roleArn), BucketARN: required(bucketArn) } as const;
const elsewhere = { RoleARN: roleArn, BucketARN: bucketArn } as const;

const members = {
  Prefix: prefix,
  ErrorOutputPrefix: prefix,
  BufferingHints: structure({
    SizeInMBs: integer({
      min: BUFFER_SIZE_MIN_MIB,
      max: BUFFER_SIZE_MAX_MIB,
      fractionMin: BUFFER_SIZE_FRACTION_MIN_MIB,
    }),
    IntervalInSeconds: integer({ min: 0, max: BUFFER_INTERVAL_MAX_SECONDS }),
  }),
  CompressionFormat: string({
    enum: ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"],
    printedOrder: ["ZIP", "HADOOP_SNAPPY", "Snappy", "GZIP", "UNCOMPRESSED"],
  }),
  EncryptionConfiguration: structure({
    NoEncryptionConfig: string({ enum: ["NoEncryption"] }),
    KMSEncryptionConfig: structure({ AWSKMSKeyARN: required(kmsKeyArn) }),
  }),
  CloudWatchLoggingOptions: structure({
    Enabled: boolean(),
    LogGroupName: string({
      maxLength: LOG_NAME_MAX_LENGTH,
      pattern: String.raw`[\.\-_/#A-Za-z0-9]*`,
    }),
    LogStreamName: string({ maxLength: LOG_NAME_MAX_LENGTH, pattern: "[^:*]*" }),
  }),
} as const;

export const s3DestinationConfiguration = structure({ ...where, ...members });
export const s3DestinationUpdate = structure({ ...elsewhere, ...members });

const extension = {
  ProcessingConfiguration: processingConfiguration,
  S3BackupMode: string({ enum: ["Disabled", "Enabled"] }),
  DataFormatConversionConfiguration: dataFormatConversionConfiguration,
  DynamicPartitioningConfiguration: dynamicPartitioningConfiguration,
  FileExtension: string({
    maxLength: 128,
    pattern: String.raw`|\.[0-9a-z!\-_.*'()]+`,
    printedPattern: String.raw`^(|\.[0-9a-z!\-_.*'()]+)$`,
  }),
  CustomTimeZone: string({
    maxLength: 50,
    pattern: "|[a-zA-Z/_]+",
    printedPattern: "^$|[a-zA-Z/_]+",
  }),
} as const;

export const extendedS3DestinationConfiguration = structure({
  ...where,
  ...members,
  ...extension,
  S3BackupConfiguration: s3DestinationConfiguration,
});

export const extendedS3DestinationUpdate = structure({
  ...elsewhere,
  ...members,
  ...extension,
  S3BackupUpdate: s3DestinationUpdate,
});

export type S3Configuration = Infer<typeof s3DestinationConfiguration>;
export type ExtendedS3Configuration = Infer<typeof extendedS3DestinationConfiguration>;
export type S3Update = Infer<typeof s3DestinationUpdate>;
export type ExtendedS3Update = Infer<typeof extendedS3DestinationUpdate>;
export type ProcessingConfiguration = Infer<typeof processingConfiguration>;
export type DataFormatConversion = Infer<typeof dataFormatConversionConfiguration>;
export type DynamicPartitioning = Infer<typeof dynamicPartitioningConfiguration>;
