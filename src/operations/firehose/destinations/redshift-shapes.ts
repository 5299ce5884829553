/** RedshiftDestinationConfiguration and its update. Bounds are those of the service model, API version 2015-08-04. */
import { type Infer, required, string, structure } from "../../../wire/shape.ts";
import { roleArn } from "../common-shapes.ts";
import { processingConfiguration } from "../processing-shapes.ts";
import { s3DestinationConfiguration, s3DestinationUpdate } from "../s3-shapes.ts";
import {
  cloudWatchLoggingOptions,
  retryOptions,
  secretsManagerConfiguration,
} from "./common-shapes.ts";

const clusterJdbcUrl = string({
  minLength: 1,
  maxLength: 512,
  // What a host looks like is looked at when it is taken apart: AWS's pattern takes long on texts that are made for it.
  pattern: String.raw`jdbc:(redshift|postgresql)://[a-zA-Z0-9.-]+:\d{1,5}/[a-zA-Z0-9_$-]+`,
  printedPattern: String.raw`jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshift(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+`,
});

const copyCommand = structure({
  DataTableName: required(string({ minLength: 1, maxLength: 512, pattern: ".*" })),
  DataTableColumns: string({ maxLength: 10_240, pattern: ".*" }),
  CopyOptions: string({ maxLength: 10_240, pattern: ".*" }),
});

const members = {
  Username: string({ minLength: 1, maxLength: 512, pattern: ".*" }),
  Password: string({ minLength: 6, maxLength: 512, pattern: ".*" }),
  RetryOptions: retryOptions,
  ProcessingConfiguration: processingConfiguration,
  S3BackupMode: string({ enum: ["Disabled", "Enabled"] }),
  CloudWatchLoggingOptions: cloudWatchLoggingOptions,
  SecretsManagerConfiguration: secretsManagerConfiguration,
} as const;

export const redshiftConfiguration = structure({
  RoleARN: required(roleArn),
  ClusterJDBCURL: required(clusterJdbcUrl),
  CopyCommand: required(copyCommand),
  S3Configuration: required(s3DestinationConfiguration),
  S3BackupConfiguration: s3DestinationConfiguration,
  ...members,
});

export const redshiftUpdate = structure({
  RoleARN: roleArn,
  ClusterJDBCURL: clusterJdbcUrl,
  CopyCommand: copyCommand,
  S3Update: s3DestinationUpdate,
  S3BackupUpdate: s3DestinationUpdate,
  ...members,
});

export type RedshiftConfiguration = Infer<typeof redshiftConfiguration>;
