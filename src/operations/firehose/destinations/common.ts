/**
 * What every destination besides S3 has besides its own: the bucket of S3Configuration, which takes what it does not, or all;
 * hints of its own for the buffer; processors, a log, a secret, and how long it is tried again.
 */
import type { CloudWatchLoggingOptions, S3DestinationDescription } from "@aws-sdk/client-firehose";
import type { S3Destination } from "../../../delivery/delivery-stream.ts";
import type {
  CommonReceiverSettings,
  ReceiverSettings,
} from "../../../delivery/destinations/receivers/settings.ts";
import { BUFFER_SIZE_MIN_MIB } from "../../../limits.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import type { Infer } from "../../../wire/shape.ts";
import { describeErrorLog, describeTarget } from "../describe-s3.ts";
import { type Place, targetsOfBucket, targetsOfProcessing } from "../named-targets.ts";
import { checkProcessing, readProcessing } from "../processing.ts";
import { invalidArgument } from "../refusals.ts";
import { checkTarget, readErrorLog, readTarget, type ReadContext } from "../s3-destination.ts";
import type { ProcessingConfiguration, S3Configuration, S3Update } from "../s3-shapes.ts";
import type { cloudWatchLoggingOptions, secretsManagerConfiguration } from "./common-shapes.ts";

export type SecretsManagerConfiguration = Infer<typeof secretsManagerConfiguration>;

export interface ReceiverConfiguration {
  /** Absent: that of the bucket. */
  readonly RoleARN?: string | undefined;
  readonly S3Configuration: S3Configuration;
  readonly ProcessingConfiguration?: ProcessingConfiguration | undefined;
  readonly CloudWatchLoggingOptions?: Infer<typeof cloudWatchLoggingOptions> | undefined;
  readonly SecretsManagerConfiguration?: SecretsManagerConfiguration | undefined;
}

export interface BufferHints {
  readonly SizeInMBs?: number | undefined;
  readonly IntervalInSeconds?: number | undefined;
}

export interface ReceiverReading {
  /** Of the destination, with its defaults. */
  readonly hints: { readonly SizeInMBs: number; readonly IntervalInSeconds: number };
  readonly receiver: ReceiverSettings;
  /** Every record goes into the bucket, too, as it came. */
  readonly isAllBackedUp: boolean;
  /** MetadataExtraction and RecordDeAggregation may be among the processors; else only where S3 has them. */
  readonly mayExtract?: boolean;
  /** Of a function that is not told how much it is given at once; absent: as for S3. */
  readonly transformBufferBytes?: number;
}

export function readReceiver(
  configuration: ReceiverConfiguration,
  { hints, receiver, isAllBackedUp, mayExtract = false, transformBufferBytes }: ReceiverReading,
  context: ReadContext,
): S3Destination {
  const { S3Configuration, ProcessingConfiguration, CloudWatchLoggingOptions } = configuration;
  checkTarget(S3Configuration, context);
  // Its log is looked at as that of a bucket is.
  if (CloudWatchLoggingOptions) {
    checkTarget({ ...S3Configuration, CloudWatchLoggingOptions }, context);
  }
  if (context.isStrict && hints.SizeInMBs < BUFFER_SIZE_MIN_MIB) {
    throw invalidArgument(`BufferingHints.SizeInMBs must be at least ${BUFFER_SIZE_MIN_MIB}.`);
  }
  checkProcessing(ProcessingConfiguration, {
    dynamicPartitioning: mayExtract,
    isStrict: context.isStrict,
  });
  const backup = readTarget(S3Configuration);
  const { errorLog: _ofBucket, ...bucket } = backup;
  return {
    ...bucket,
    bufferSizeMiB: hints.SizeInMBs,
    bufferIntervalSeconds: hints.IntervalInSeconds,
    ...readErrorLog(CloudWatchLoggingOptions),
    ...readProcessing(ProcessingConfiguration, transformBufferBytes),
    receiver,
    ...(isAllBackedUp && { backup }),
  };
}

/** What acts: the destination's role, or of one that has none the bucket's. */
export function actingRole({ RoleARN, S3Configuration }: ReceiverConfiguration): string {
  return RoleARN ?? S3Configuration.RoleARN;
}

/** Where AWS asks for both or none. */
export function checkBothHints({ SizeInMBs, IntervalInSeconds }: BufferHints): void {
  if ((SizeInMBs === undefined) !== (IntervalInSeconds === undefined)) {
    throw invalidArgument("BufferingHints must hold both SizeInMBs and IntervalInSeconds");
  }
}

/** Which secret is to be used, if one is; that of another region is refused with the targets. */
export function readSecret(
  configuration: ReceiverConfiguration,
): Pick<CommonReceiverSettings, "secret"> {
  const { Enabled, SecretARN, RoleARN } = configuration.SecretsManagerConfiguration ?? {};
  if (Enabled !== true) return {};
  if (SecretARN === undefined) throw invalidArgument("Invalid secret ARN: null");
  return { secret: { arn: SecretARN, roleArn: RoleARN ?? actingRole(configuration) } };
}

/** Members that every description has. */
export function describeReceiver(configuration: ReceiverConfiguration): {
  readonly S3DestinationDescription: S3DestinationDescription;
  readonly CloudWatchLoggingOptions: CloudWatchLoggingOptions;
  readonly ProcessingConfiguration?: ProcessingConfiguration;
  readonly SecretsManagerConfiguration?: SecretsManagerConfiguration;
} {
  const { S3Configuration, ProcessingConfiguration, CloudWatchLoggingOptions } = configuration;
  const { SecretsManagerConfiguration } = configuration;
  return {
    ...(ProcessingConfiguration && { ProcessingConfiguration }),
    CloudWatchLoggingOptions: describeErrorLog(readErrorLog(CloudWatchLoggingOptions)),
    S3DestinationDescription: describeTarget(readTarget(S3Configuration)),
    ...(SecretsManagerConfiguration && { SecretsManagerConfiguration }),
  };
}

/** Members that are given take the place of those that stand, each as a whole; S3Update does so within S3Configuration. */
export function mergedReceiver<Configuration extends { readonly S3Configuration: S3Configuration }>(
  standing: Configuration,
  { S3Update: bucket, ...update }: { readonly S3Update?: S3Update | undefined },
): Configuration {
  return {
    ...standing,
    ...given(update),
    S3Configuration: mergedS3(standing.S3Configuration, bucket),
  };
}

export function mergedS3(standing: S3Configuration, update: S3Update | undefined): S3Configuration {
  return { ...standing, ...given(update ?? {}) };
}

function given<Members extends object>(members: Members): Partial<Members> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Members>;
}

/** Of the bucket, the processors, the log and the secret. */
export function namedByReceiver(
  settings: Partial<ReceiverConfiguration>,
  place: Place,
): readonly NamedTarget[] {
  const { RoleARN, S3Configuration = {}, ProcessingConfiguration } = settings;
  const { CloudWatchLoggingOptions, SecretsManagerConfiguration } = settings;
  const bucket: S3Update = S3Configuration;
  const acting = RoleARN ?? bucket.RoleARN;
  return [
    ...(RoleARN === undefined ? [] : [{ kind: "role", arn: RoleARN } as const]),
    ...targetsOfBucket(bucket, place),
    ...targetsOfBucket(CloudWatchLoggingOptions ? { CloudWatchLoggingOptions } : {}, place),
    ...targetsOfProcessing(ProcessingConfiguration, place, acting),
    ...targetsOfSecret(SecretsManagerConfiguration, acting),
  ];
}

function targetsOfSecret(
  configuration: SecretsManagerConfiguration | undefined,
  acting: string | undefined,
): readonly NamedTarget[] {
  const { Enabled, SecretARN, RoleARN } = configuration ?? {};
  if (Enabled !== true || SecretARN === undefined) return [];
  const roleArn = RoleARN ?? acting;
  return [
    ...(RoleARN === undefined ? [] : [{ kind: "role", arn: RoleARN } as const]),
    { kind: "secret", arn: SecretARN, ...(roleArn !== undefined && { roleArn }) },
  ];
}
