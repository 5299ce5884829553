/**
 * An S3 destination as Describe shows it, with the defaults that Firehose fills in at once: infrastructure tools
 * compare them with what they asked for. Both descriptions are always there, whichever input made the stream.
 */
import type {
  CloudWatchLoggingOptions,
  DataFormatConversionConfiguration,
  DestinationDescription,
  DynamicPartitioningConfiguration,
  ExtendedS3DestinationDescription,
  ProcessingConfiguration,
  S3DestinationDescription,
} from "@aws-sdk/client-firehose";
import type { ExtendedS3Configuration } from "./s3-shapes.ts";
import type { DeliveryStream, S3Target } from "../../delivery/delivery-stream.ts";

/** A stream has one destination, and AWS gives all of them this id. */
export const DESTINATION_ID = "destinationId-000000000001";

export function describeDestination(stream: DeliveryStream): DestinationDescription {
  return {
    DestinationId: DESTINATION_ID,
    S3DestinationDescription: describeTarget(stream.destination),
    ExtendedS3DestinationDescription: describeExtended(stream),
  };
}

export function describeExtended(stream: DeliveryStream): ExtendedS3DestinationDescription {
  const { fileExtension, customTimeZone, backup } = stream.destination;
  const description: ExtendedS3DestinationDescription = {
    ...describeTarget(stream.destination),
    S3BackupMode: backup === undefined ? "Disabled" : "Enabled",
  };
  if (backup !== undefined) description.S3BackupDescription = describeTarget(backup);
  if (fileExtension !== undefined) description.FileExtension = fileExtension;
  if (customTimeZone !== undefined) description.CustomTimeZone = customTimeZone;
  // As they were given and validated at creation.
  if (stream.processingConfiguration !== undefined) {
    description.ProcessingConfiguration = stream.processingConfiguration as ProcessingConfiguration;
  }
  if (stream.dataFormatConversionConfiguration !== undefined) {
    description.DataFormatConversionConfiguration =
      stream.dataFormatConversionConfiguration as DataFormatConversionConfiguration;
  }
  if (stream.dynamicPartitioningConfiguration !== undefined) {
    description.DynamicPartitioningConfiguration =
      stream.dynamicPartitioningConfiguration as DynamicPartitioningConfiguration;
  }
  return description;
}

/** As a request for the same destination would say it. */
export function configurationOf(stream: DeliveryStream): ExtendedS3Configuration {
  const { S3BackupDescription, ...description } = describeExtended(stream);
  // Every member of a description has a configuration's shape.
  return {
    ...description,
    ...(S3BackupDescription && { S3BackupConfiguration: S3BackupDescription }),
  } as ExtendedS3Configuration;
}

export function describeTarget(target: S3Target): S3DestinationDescription {
  const { prefix, errorOutputPrefix, kmsKeyArn } = target;
  return {
    RoleARN: target.roleArn,
    BucketARN: target.bucketArn,
    ...(prefix === undefined ? {} : { Prefix: prefix }),
    ...(errorOutputPrefix === undefined ? {} : { ErrorOutputPrefix: errorOutputPrefix }),
    BufferingHints: {
      SizeInMBs: target.bufferSizeMiB,
      IntervalInSeconds: target.bufferIntervalSeconds,
    },
    CompressionFormat: target.compression,
    EncryptionConfiguration:
      kmsKeyArn === undefined
        ? { NoEncryptionConfig: "NoEncryption" }
        : { KMSEncryptionConfig: { AWSKMSKeyARN: kmsKeyArn } },
    CloudWatchLoggingOptions: describeErrorLog(target),
  };
}

export function describeErrorLog({
  errorLog,
}: Pick<S3Target, "errorLog">): CloudWatchLoggingOptions {
  const { isEnabled = false, groupName, streamName } = errorLog ?? {};
  return {
    Enabled: isEnabled,
    ...(groupName !== undefined && { LogGroupName: groupName }),
    ...(streamName !== undefined && { LogStreamName: streamName }),
  };
}
