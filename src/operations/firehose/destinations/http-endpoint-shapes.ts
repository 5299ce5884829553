/** HttpEndpointDestinationConfiguration and HttpEndpointDestinationUpdate. */
import {
  HTTP_ENDPOINT_ATTRIBUTES_MAX_COUNT,
  HTTP_ENDPOINT_BUFFER_MAX_MIB,
} from "../../../limits.ts";
import { list, required, string, structure, type Infer } from "../../../wire/shape.ts";
import { roleArn } from "../common-shapes.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration, s3DestinationUpdate } from "../s3-shapes.ts";
import {
  bufferingHints,
  cloudWatchLoggingOptions,
  retryOptions,
  secretsManagerConfiguration,
} from "./common-shapes.ts";

const NOT_BLANK = String.raw`^(?!\s*$).+`;

const endpointConfiguration = structure({
  // Whether http may be, on a laptop, is said with the targets.
  Url: required(
    string({
      minLength: 1,
      maxLength: 1000,
      pattern: "https?://.*",
      printedPattern: "https://.*",
    }),
  ),
  Name: string({ minLength: 1, maxLength: 256, pattern: NOT_BLANK }),
  AccessKey: string({ maxLength: 4096, pattern: ".*" }),
});

const members = {
  BufferingHints: bufferingHints({ maxMiB: HTTP_ENDPOINT_BUFFER_MAX_MIB }),
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
  RequestConfiguration: structure({
    ContentEncoding: string({ enum: ["NONE", "GZIP"] }),
    CommonAttributes: list(
      structure({
        AttributeName: required(string({ minLength: 1, maxLength: 256, pattern: NOT_BLANK })),
        AttributeValue: required(string({ maxLength: 1024, pattern: ".*" })),
      }),
      { maxLength: HTTP_ENDPOINT_ATTRIBUTES_MAX_COUNT },
    ),
  }),
  ProcessingConfiguration: processingConfiguration,
  RoleARN: roleArn,
  RetryOptions: retryOptions,
  S3BackupMode: string({ enum: ["FailedDataOnly", "AllData"] }),
  SecretsManagerConfiguration: secretsManagerConfiguration,
} as const;

export const httpEndpointConfiguration = structure({
  EndpointConfiguration: required(endpointConfiguration),
  ...members,
  S3Configuration: required(s3DestinationConfiguration),
});

export const httpEndpointUpdate = structure({
  EndpointConfiguration: endpointConfiguration,
  ...members,
  S3Update: s3DestinationUpdate,
});

export type HttpEndpointConfiguration = Infer<typeof httpEndpointConfiguration>;
