/** SplunkDestinationConfiguration and SplunkDestinationUpdate. Bounds are those of the service model. */
import {
  SPLUNK_ACK_TIMEOUT_MAX_SECONDS,
  SPLUNK_ACK_TIMEOUT_MIN_SECONDS,
  SPLUNK_BUFFER_MAX_MIB,
  SPLUNK_BUFFER_MAX_SECONDS,
} from "../../../limits.ts";
import { type Infer, integer, required, string, structure } from "../../../wire/shape.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration, s3DestinationUpdate } from "../s3-shapes.ts";
import {
  bufferingHints,
  cloudWatchLoggingOptions,
  retryOptions,
  secretsManagerConfiguration,
} from "./common-shapes.ts";

const endpoint = string({ maxLength: 2048, pattern: ".*" });
const endpointType = string({ enum: ["Raw", "Event"] });

const members = {
  HECToken: string({ maxLength: 2048, pattern: ".*" }),
  HECAcknowledgmentTimeoutInSeconds: integer({
    min: SPLUNK_ACK_TIMEOUT_MIN_SECONDS,
    max: SPLUNK_ACK_TIMEOUT_MAX_SECONDS,
  }),
  RetryOptions: retryOptions,
  S3BackupMode: string({ enum: ["FailedEventsOnly", "AllEvents"] }),
  ProcessingConfiguration: processingConfiguration,
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
  BufferingHints: bufferingHints({
    maxMiB: SPLUNK_BUFFER_MAX_MIB,
    maxSeconds: SPLUNK_BUFFER_MAX_SECONDS,
  }),
  SecretsManagerConfiguration: secretsManagerConfiguration,
} as const;

export const splunkConfiguration = structure({
  HECEndpoint: required(endpoint),
  HECEndpointType: required(endpointType),
  ...members,
  S3Configuration: required(s3DestinationConfiguration),
});

export const splunkUpdate = structure({
  HECEndpoint: endpoint,
  HECEndpointType: endpointType,
  ...members,
  S3Update: s3DestinationUpdate,
});

export type SplunkConfiguration = Infer<typeof splunkConfiguration>;
