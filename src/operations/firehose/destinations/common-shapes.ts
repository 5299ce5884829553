/** Shapes that the destinations besides S3 share. Bounds are those of the service model, API version 2015-08-04. */
import {
  BUFFER_INTERVAL_MAX_SECONDS,
  BUFFER_SIZE_FRACTION_MIN_MIB,
  BUFFER_SIZE_MIN_MIB,
  RECEIVER_RETRY_MAX_SECONDS,
} from "../../../limits.ts";
import { boolean, integer, required, string, structure } from "../../../wire/shape.ts";
import { roleArn } from "../common-shapes.ts";
import { s3DestinationConfiguration } from "../s3-shapes.ts";

export const { CloudWatchLoggingOptions: cloudWatchLoggingOptions } =
  s3DestinationConfiguration.members;

export const retryOptions = structure({
  DurationInSeconds: integer({ min: 0, max: RECEIVER_RETRY_MAX_SECONDS }),
});

/** `bufferingHints({ maxMiB: 64 })` */
export function bufferingHints({
  maxMiB,
  maxSeconds = BUFFER_INTERVAL_MAX_SECONDS,
}: {
  readonly maxMiB: number;
  readonly maxSeconds?: number;
}) {
  return structure({
    SizeInMBs: integer({
      min: BUFFER_SIZE_MIN_MIB,
      max: maxMiB,
      fractionMin: BUFFER_SIZE_FRACTION_MIN_MIB,
    }),
    IntervalInSeconds: integer({ min: 0, max: maxSeconds }),
  });
}

export const secretsManagerConfiguration = structure({
  SecretARN: string({
    minLength: 1,
    maxLength: 2048,
    pattern: String.raw`arn:.*:secretsmanager:[a-zA-Z0-9\-]+:\d{12}:secret:[a-zA-Z0-9\-/_+=.@]+`,
  }),
  RoleARN: roleArn,
  Enabled: required(boolean()),
});
