/**
 * What every destination that is not S3 has besides its own: the bucket of S3Configuration, which takes what it does not; hints of
 * its own for the buffer; processors, a log, and how long it is tried again.
 */
import type { CloudWatchLoggingOptions, S3DestinationDescription } from "@aws-sdk/client-firehose";
import type { S3Destination } from "../../../delivery/delivery-stream.ts";
import type { ReceiverSettings } from "../../../delivery/destinations/receivers/settings.ts";
import { RECEIVER_RETRY_MAX_SECONDS } from "../../../limits.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import { type Infer, integer, structure } from "../../../wire/shape.ts";
import { describeErrorLog, describeTarget } from "../describe-s3.ts";
import { type Place, targetsOfBucket, targetsOfProcessing } from "../named-targets.ts";
import { checkProcessing, readProcessing } from "../processing.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { checkTarget, readErrorLog, readTarget, type ReadContext } from "../s3-destination.ts";
import {
  type ProcessingConfiguration,
  type S3Configuration,
  s3DestinationConfiguration,
  s3DestinationUpdate,
  type S3Update,
} from "../s3-shapes.ts";

export const retryOptions = structure({
  DurationInSeconds: integer({ min: 0, max: RECEIVER_RETRY_MAX_SECONDS }),
});

export const { CloudWatchLoggingOptions: cloudWatchLoggingOptions } =
  s3DestinationConfiguration.members;

export { processingConfiguration, s3DestinationConfiguration, s3DestinationUpdate };

export interface ReceiverConfiguration {
  readonly RoleARN?: string | undefined;
  readonly S3Configuration: S3Configuration;
  readonly ProcessingConfiguration?: ProcessingConfiguration | undefined;
  readonly CloudWatchLoggingOptions?: Infer<typeof cloudWatchLoggingOptions> | undefined;
}

export interface BufferHints {
  readonly SizeInMBs?: number | undefined;
  readonly IntervalInSeconds?: number | undefined;
}

/** @param hints of the destination, with its defaults */
export function readReceiver(
  configuration: ReceiverConfiguration,
  hints: Required<BufferHints>,
  receiver: ReceiverSettings,
  context: ReadContext,
): S3Destination {
  const { S3Configuration, ProcessingConfiguration, CloudWatchLoggingOptions } = configuration;
  checkTarget(S3Configuration, context);
  // Its log is looked at as that of a bucket is.
  if (CloudWatchLoggingOptions) {
    checkTarget({ ...S3Configuration, CloudWatchLoggingOptions }, context);
  }
  checkProcessing(ProcessingConfiguration, {
    dynamicPartitioning: true,
    isStrict: context.isStrict,
  });
  const { errorLog: _ofBucket, ...bucket } = readTarget(S3Configuration);
  return {
    ...bucket,
    bufferSizeMiB: hints.SizeInMBs ?? bucket.bufferSizeMiB,
    bufferIntervalSeconds: hints.IntervalInSeconds ?? bucket.bufferIntervalSeconds,
    ...readErrorLog(CloudWatchLoggingOptions),
    ...readProcessing(ProcessingConfiguration),
    receiver,
  };
}

/** Members that every description has. */
export function describeReceiver(configuration: ReceiverConfiguration): {
  readonly S3DestinationDescription: S3DestinationDescription;
  readonly CloudWatchLoggingOptions: CloudWatchLoggingOptions;
  readonly ProcessingConfiguration?: ProcessingConfiguration;
} {
  const { S3Configuration, ProcessingConfiguration, CloudWatchLoggingOptions } = configuration;
  return {
    ...(ProcessingConfiguration && { ProcessingConfiguration }),
    CloudWatchLoggingOptions: describeErrorLog(readErrorLog(CloudWatchLoggingOptions)),
    S3DestinationDescription: describeTarget(readTarget(S3Configuration)),
  };
}

/** Members that are given take the place of those that stand. */
export function mergedS3(standing: S3Configuration, update: S3Update | undefined): S3Configuration {
  const given = Object.entries(update ?? {}).filter(([, value]) => value !== undefined);
  return { ...standing, ...Object.fromEntries(given) };
}

/** Of the bucket, the processors and the log. */
export function namedByReceiver(
  settings: Partial<ReceiverConfiguration>,
  place: Place,
): readonly NamedTarget[] {
  const { RoleARN, S3Configuration = {}, ProcessingConfiguration } = settings;
  const { CloudWatchLoggingOptions } = settings;
  return [
    ...(RoleARN === undefined ? [] : [{ kind: "role", arn: RoleARN } as const]),
    ...targetsOfBucket(S3Configuration, place),
    ...targetsOfBucket(CloudWatchLoggingOptions ? { CloudWatchLoggingOptions } : {}, place),
    ...targetsOfProcessing(ProcessingConfiguration, place, RoleARN),
  ];
}
