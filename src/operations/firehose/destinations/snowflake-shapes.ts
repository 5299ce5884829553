/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_SnowflakeDestinationConfiguration.html */
import { BUFFER_SIZE_MAX_MIB } from "../../../limits.ts";
import { boolean, type Infer, required, string, structure } from "../../../wire/shape.ts";
import { roleArn } from "../common-shapes.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration, s3DestinationUpdate } from "../s3-shapes.ts";
import {
  bufferingHints,
  cloudWatchLoggingOptions,
  retryOptions,
  secretsManagerConfiguration,
} from "./common-shapes.ts";

const name = string({ minLength: 1, maxLength: 255 });

/** differs from AWS: one on a laptop is taken where that is. */
const accountUrl = string({
  minLength: 24,
  maxLength: 2048,
  pattern: String.raw`.+?\.snowflakecomputing\.com|http://(127\.0\.0\.1|localhost):\d+/.*`,
  printedPattern: String.raw`.+?\.snowflakecomputing\.com`,
});

const where = { AccountUrl: accountUrl, Database: name, Schema: name, Table: name } as const;

const members = {
  PrivateKey: string({
    minLength: 256,
    maxLength: 4096,
    pattern: "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
  }),
  KeyPassphrase: string({ minLength: 7, maxLength: 255 }),
  User: name,
  SnowflakeRoleConfiguration: structure({ Enabled: boolean(), SnowflakeRole: name }),
  DataLoadingOption: string({
    enum: ["JSON_MAPPING", "VARIANT_CONTENT_MAPPING", "VARIANT_CONTENT_AND_METADATA_MAPPING"],
  }),
  MetaDataColumnName: name,
  ContentColumnName: name,
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
  ProcessingConfiguration: processingConfiguration,
  RetryOptions: retryOptions,
  S3BackupMode: string({ enum: ["FailedDataOnly", "AllData"] }),
  SecretsManagerConfiguration: secretsManagerConfiguration,
  BufferingHints: bufferingHints({ maxMiB: BUFFER_SIZE_MAX_MIB }),
} as const;

export const snowflakeConfiguration = structure({
  ...members,
  AccountUrl: required(accountUrl),
  Database: required(name),
  Schema: required(name),
  Table: required(name),
  SnowflakeVpcConfiguration: structure({
    PrivateLinkVpceId: required(
      string({
        minLength: 47,
        maxLength: 255,
        pattern: String.raw`([a-zA-Z0-9\-\_]+\.){2,3}vpce\.[a-zA-Z0-9\-]*\.vpce-svc\-[a-zA-Z0-9\-]{17}`,
      }),
    ),
  }),
  RoleARN: required(roleArn),
  S3Configuration: required(s3DestinationConfiguration),
});

export const snowflakeUpdate = structure({
  ...members,
  ...where,
  RoleARN: roleArn,
  S3Update: s3DestinationUpdate,
});

export type SnowflakeConfiguration = Infer<typeof snowflakeConfiguration>;
export type SnowflakeUpdate = Infer<typeof snowflakeUpdate>;
