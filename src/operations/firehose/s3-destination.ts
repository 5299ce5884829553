/**
 * An S3 destination as a request describes it. Firehose's own refusals come first, in its words, so that what is
 * wrong on AWS is wrong here for the same reason; then what Hydrant does not offer yet; then the defaults.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
 */
import type { S3Destination, S3Target } from "../../delivery/delivery-stream.ts";
import { hasPartitionKey } from "../../delivery/naming/partition.ts";
import { prefixProblem } from "../../delivery/naming/prefix.ts";
import { isTimeZone } from "../../delivery/naming/zoned-time.ts";
import {
  BUFFER_INTERVAL_DEFAULT_SECONDS,
  BUFFER_SIZE_DEFAULT_MIB,
  BUFFER_SIZE_MIN_MIB,
  LARGE_BUFFER_SIZE_DEFAULT_MIB,
} from "../../limits.ts";
import {
  checkDynamicPartitioning,
  isPartitioning,
  keysWithoutPartitioning,
  readDynamicPartitioning,
} from "./dynamic-partitioning.ts";
import {
  checkFormatConversion,
  isConverting,
  readFormatConversion,
  refuseOrc,
} from "./format-conversion.ts";
import { checkProcessing, readProcessing } from "./processing.ts";
import type { DestinationParts } from "./destination.ts";
import { invalidArgument } from "./refusals.ts";
import type { ExtendedS3Configuration, S3Configuration } from "./s3-shapes.ts";

/** When and under which limits a configuration is read. */
export interface ReadContext {
  readonly nowMs: number;
  /** AWS's own. */
  readonly isStrict: boolean;
}

function readS3Destination(
  configuration: ExtendedS3Configuration,
  context: ReadContext,
): S3Destination {
  checkDestination(configuration, context);
  refuseOrc(configuration);
  const { FileExtension, CustomTimeZone, S3BackupConfiguration } = configuration;
  const conversion = configuration.DataFormatConversionConfiguration;
  const partitioning = configuration.DynamicPartitioningConfiguration;
  const backup =
    configuration.S3BackupMode === "Enabled" && S3BackupConfiguration !== undefined
      ? readTarget(S3BackupConfiguration)
      : undefined;
  return {
    ...readTarget(configuration, isConverting(conversion) || isPartitioning(partitioning)),
    ...readFormatConversion(conversion),
    ...readDynamicPartitioning(partitioning),
    ...readProcessing(configuration.ProcessingConfiguration),
    ...(FileExtension ? { fileExtension: FileExtension } : {}),
    ...(CustomTimeZone ? { customTimeZone: CustomTimeZone } : {}),
    ...(backup === undefined ? {} : { backup }),
  };
}

export function readExtended(
  configuration: ExtendedS3Configuration,
  context: ReadContext,
): DestinationParts {
  const { ProcessingConfiguration, DataFormatConversionConfiguration } = configuration;
  const { DynamicPartitioningConfiguration } = configuration;
  return {
    destination: readS3Destination(configuration, context),
    ...(ProcessingConfiguration && { processingConfiguration: ProcessingConfiguration }),
    ...(DataFormatConversionConfiguration && {
      dataFormatConversionConfiguration: DataFormatConversionConfiguration,
    }),
    ...(DynamicPartitioningConfiguration && {
      dynamicPartitioningConfiguration: DynamicPartitioningConfiguration,
    }),
  };
}

function checkDestination(configuration: ExtendedS3Configuration, context: ReadContext): void {
  const { CustomTimeZone, S3BackupMode, S3BackupConfiguration } = configuration;
  if (CustomTimeZone && !isTimeZone(CustomTimeZone)) {
    throw invalidArgument(
      `CustomTimeZone ${CustomTimeZone} is not a time zone of the IANA database`,
    );
  }
  checkTarget(configuration, context, CustomTimeZone || undefined);
  checkProcessing(configuration.ProcessingConfiguration, {
    dynamicPartitioning: isPartitioning(configuration.DynamicPartitioningConfiguration),
    isStrict: context.isStrict,
  });
  checkDynamicPartitioning(configuration, context);
  checkFormatConversion(configuration, context);
  if (S3BackupMode === "Enabled" && S3BackupConfiguration === undefined) {
    throw invalidArgument(
      "S3 backup destination configuration is required when enabling S3 backup.",
    );
  }
  if (S3BackupConfiguration === undefined) return;
  checkTarget(S3BackupConfiguration, context);
  if (hasPartitionKey(S3BackupConfiguration.Prefix)) throw keysWithoutPartitioning();
}

/** Letter by letter AWS's: tools look for it. */
const PREFIX_REFUSAL = "Ths supplied prefix(es) do not satisfy the following constraint: ";

/** Refuses what cannot be of a bucket with its naming, buffering and compression. */
export function checkTarget(
  configuration: S3Configuration,
  { nowMs, isStrict }: ReadContext,
  timeZone?: string,
): void {
  const { BufferingHints, EncryptionConfiguration, CloudWatchLoggingOptions } = configuration;
  const problem = prefixProblem(
    { prefix: configuration.Prefix, errorOutputPrefix: configuration.ErrorOutputPrefix },
    nowMs,
    timeZone,
  );
  if (problem !== undefined) throw invalidArgument(`${PREFIX_REFUSAL}${problem}`);
  const { SizeInMBs, IntervalInSeconds } = BufferingHints ?? {};
  if ((SizeInMBs === undefined) !== (IntervalInSeconds === undefined)) {
    throw invalidArgument("BufferingHints must hold both SizeInMBs and IntervalInSeconds");
  }
  if (isStrict && SizeInMBs !== undefined && SizeInMBs < BUFFER_SIZE_MIN_MIB) {
    throw invalidArgument(`BufferingHints.SizeInMBs must be at least ${BUFFER_SIZE_MIN_MIB}.`);
  }
  if (EncryptionConfiguration !== undefined) {
    const { NoEncryptionConfig, KMSEncryptionConfig } = EncryptionConfiguration;
    if ((NoEncryptionConfig === undefined) === (KMSEncryptionConfig === undefined)) {
      throw invalidArgument(
        "Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified",
      );
    }
  }
  if (CloudWatchLoggingOptions?.Enabled === true) {
    for (const kind of ["Group", "Stream"] as const) {
      if (CloudWatchLoggingOptions[`Log${kind}Name`]) continue;
      throw invalidArgument(
        `CloudWatch Log ${kind} Name is required if CloudWatch Logging is enabled`,
      );
    }
  }
}

export function readTarget(configuration: S3Configuration, isLarge = false): S3Target {
  const { Prefix, ErrorOutputPrefix, BufferingHints } = configuration;
  const kmsKeyArn = configuration.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN;
  const defaultSizeMiB = isLarge ? LARGE_BUFFER_SIZE_DEFAULT_MIB : BUFFER_SIZE_DEFAULT_MIB;
  return {
    roleArn: configuration.RoleARN,
    bucketArn: configuration.BucketARN,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(Prefix === undefined ? {} : { prefix: Prefix }),
    ...(ErrorOutputPrefix === undefined ? {} : { errorOutputPrefix: ErrorOutputPrefix }),
    bufferSizeMiB: BufferingHints?.SizeInMBs ?? defaultSizeMiB,
    bufferIntervalSeconds: BufferingHints?.IntervalInSeconds ?? BUFFER_INTERVAL_DEFAULT_SECONDS,
    compression: configuration.CompressionFormat ?? "UNCOMPRESSED",
    ...readErrorLog(configuration.CloudWatchLoggingOptions),
  };
}

export function readErrorLog(
  options: S3Configuration["CloudWatchLoggingOptions"],
): Pick<S3Target, "errorLog"> {
  if (options === undefined) return {};
  const { Enabled: isEnabled = false, LogGroupName, LogStreamName } = options;
  return {
    errorLog: {
      isEnabled,
      ...(LogGroupName !== undefined && { groupName: LogGroupName }),
      ...(LogStreamName !== undefined && { streamName: LogStreamName }),
    },
  };
}
