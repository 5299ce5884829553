/**
 * Redshift, which copies from the bucket of S3Configuration. It is entered by its Data API, to which a password cannot be given:
 * by a secret, as a user with a password of the moment (Username, of a cluster), or as the role itself.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_RedshiftDestinationConfiguration.html
 */
import {
  statementProblem,
  withoutSemicolon,
} from "../../../delivery/destinations/redshift/copy.ts";
import {
  type JdbcPlace,
  parseJdbcUrl,
  type RedshiftSettings,
  type Warehouse,
} from "../../../delivery/destinations/redshift/settings.ts";
import { prefixParts } from "../../../delivery/naming/prefix.ts";
import {
  BUFFER_INTERVAL_DEFAULT_SECONDS,
  BUFFER_SIZE_DEFAULT_MIB,
  REDSHIFT_RETRY_DEFAULT_SECONDS,
} from "../../../limits.ts";
import { partitionOf } from "../../../partition.ts";
import { describeTarget } from "../describe-s3.ts";
import { type Place, targetsOfBucket, textBeforeExpressions } from "../named-targets.ts";
import { invalidArgument, notOfferedYet } from "../refusals.ts";
import { checkTarget, readTarget, type ReadContext } from "../s3-destination.ts";
import type { S3Configuration, S3Update } from "../s3-shapes.ts";
import {
  describeReceiver,
  mergedReceiver,
  mergedS3,
  namedByReceiver,
  readReceiver,
  readSecret,
} from "./common.ts";
import { destinationKind } from "./kind.ts";
import {
  type RedshiftConfiguration,
  redshiftConfiguration,
  redshiftUpdate,
} from "./redshift-shapes.ts";

export const redshiftKind = destinationKind({
  members: {
    configuration: "RedshiftDestinationConfiguration",
    update: "RedshiftDestinationUpdate",
    description: "RedshiftDestinationDescription",
  },
  typeName: "Redshift",
  configuration: redshiftConfiguration,
  update: redshiftUpdate,

  read(configuration, context) {
    const place = check(configuration, context);
    const { BufferingHints: hints } = configuration.S3Configuration;
    const destination = readReceiver(
      configuration,
      {
        hints: {
          SizeInMBs: hints?.SizeInMBs ?? BUFFER_SIZE_DEFAULT_MIB,
          IntervalInSeconds: hints?.IntervalInSeconds ?? BUFFER_INTERVAL_DEFAULT_SECONDS,
        },
        receiver: readSettings(configuration, place),
        isAllBackedUp: false,
      },
      context,
    );
    const { S3BackupMode, S3BackupConfiguration: backup } = configuration;
    return S3BackupMode === "Enabled" && backup
      ? { ...destination, backup: readTarget(backup) }
      : destination;
  },

  // A password that is never used is not kept.
  secretsOf: () => ({}),
  withoutSecrets(configuration) {
    const members = Object.entries(configuration).filter(([name]) => name !== "Password");
    return Object.fromEntries(members) as RedshiftConfiguration;
  },
  restored: (plain) => plain,

  describe(configuration) {
    const { RoleARN, ClusterJDBCURL, CopyCommand, Username } = configuration;
    const { S3BackupMode = "Disabled", S3BackupConfiguration: backup } = configuration;
    return {
      RoleARN,
      ClusterJDBCURL,
      CopyCommand,
      ...(Username !== undefined && { Username }),
      RetryOptions: { DurationInSeconds: retrySeconds(configuration) },
      ...describeReceiver(configuration),
      S3BackupMode,
      ...(backup && { S3BackupDescription: describeTarget(readTarget(backup)) }),
    };
  },

  merged(standing, update) {
    const { S3BackupUpdate, ...rest } = update;
    const merged = mergedReceiver<RedshiftConfiguration>(standing, rest as BucketUpdate);
    const backup = mergedBackup(standing.S3BackupConfiguration, S3BackupUpdate);
    return backup === undefined ? merged : Object.assign(merged, { S3BackupConfiguration: backup });
  },

  named(settings, place) {
    const { ClusterJDBCURL = "", RoleARN, S3BackupConfiguration: backup = {} } = settings;
    const { warehouse } = parseJdbcUrl(ClusterJDBCURL) ?? {};
    const { SecretsManagerConfiguration: secret } = settings;
    const under = secret?.RoleARN ?? RoleARN;
    return [
      ...namedByReceiver(settings, place),
      ...targetsOfBucket(backup, place),
      ...(warehouse === undefined
        ? []
        : [
            {
              kind: "warehouse",
              arn: arnOf(warehouse, place),
              ...(under !== undefined && { roleArn: under }),
            } as const,
          ]),
    ];
  },
});

type BucketUpdate = Parameters<typeof mergedReceiver>[1];

/** What is not whole is as good as none, which is refused where one is needed. */
function mergedBackup(
  standing: S3Configuration | undefined,
  update: S3Update | undefined,
): S3Configuration | undefined {
  const { BucketARN = standing?.BucketARN, RoleARN = standing?.RoleARN } = update ?? {};
  if (BucketARN === undefined || RoleARN === undefined) return standing;
  return mergedS3({ ...standing, BucketARN, RoleARN }, update);
}

function arnOf(warehouse: Warehouse, { accountId }: Place): string {
  const { kind, region, name } = warehouse;
  const start = `arn:${partitionOf(region)}`;
  return kind === "cluster"
    ? `${start}:redshift:${region}:${accountId}:cluster:${name}`
    : `${start}:redshift-serverless:${region}:${warehouse.accountId}:workgroup/${name}`;
}

function retrySeconds({ RetryOptions }: RedshiftConfiguration): number {
  return RetryOptions?.DurationInSeconds ?? REDSHIFT_RETRY_DEFAULT_SECONDS;
}

function readSettings(
  configuration: RedshiftConfiguration,
  { warehouse, database }: JdbcPlace,
): RedshiftSettings {
  const { RoleARN, CopyCommand, Username, S3Configuration } = configuration;
  const { DataTableName, DataTableColumns: columns, CopyOptions: options = "" } = CopyCommand;
  const copyOptions = withoutSemicolon(options);
  const { roleArn: bucketRoleArn, kmsKeyArn, compression, prefix } = readTarget(S3Configuration);
  return {
    kind: "redshift",
    place: `${warehouse.name}/${database}/${DataTableName}`,
    roleArn: RoleARN,
    retrySeconds: retrySeconds(configuration),
    ...readSecret(configuration),
    warehouse,
    database,
    ...(Username !== undefined && { user: Username }),
    table: DataTableName,
    ...(columns && { columns }),
    ...(copyOptions !== "" && { copyOptions }),
    compression,
    // Without a prefix objects have folders of dates, and manifests folders of their own beside them.
    folder: prefix === undefined ? "" : textBeforeExpressions(prefixParts(prefix)),
    bucketRoleArn,
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
  };
}

function check(configuration: RedshiftConfiguration, context: ReadContext): JdbcPlace {
  const { S3Configuration, S3BackupMode, S3BackupConfiguration, CopyCommand } = configuration;
  const place = parseJdbcUrl(configuration.ClusterJDBCURL);
  if (place === undefined) {
    throw invalidArgument(
      "ClusterJDBCURL must name a cluster or a workgroup by its own endpoint: jdbc:redshift://cluster.id.region.redshift.amazonaws.com:5439/database",
    );
  }
  const { CompressionFormat: compression = "UNCOMPRESSED" } = S3Configuration;
  if (compression !== "UNCOMPRESSED" && compression !== "GZIP") {
    throw invalidArgument(
      `Compression format ${compression} is not supported for Redshift, whose COPY reads UNCOMPRESSED and GZIP`,
    );
  }
  if (S3BackupMode === "Enabled" && S3BackupConfiguration === undefined) {
    throw invalidArgument(
      "S3 backup destination configuration is required when enabling S3 backup.",
    );
  }
  if (S3BackupConfiguration) checkTarget(S3BackupConfiguration, context);
  for (const [member, text = ""] of Object.entries(CopyCommand)) {
    if (statementProblem(text) !== undefined || (member !== "CopyOptions" && text.includes(";"))) {
      throw invalidArgument(
        `CopyCommand.${member} must be a part of one COPY: whole quotations, no semicolon and no comment within`,
      );
    }
  }
  checkEntrance(configuration, place, context);
  return place;
}

function checkEntrance(
  configuration: RedshiftConfiguration,
  { warehouse }: JdbcPlace,
  { isStrict }: ReadContext,
): void {
  const { Username, Password, SecretsManagerConfiguration: secret } = configuration;
  const isGiven = Username !== undefined || Password !== undefined;
  if (secret?.Enabled === true) {
    if (!isGiven) return;
    throw invalidArgument(
      "Username and Password cannot be given together with SecretsManagerConfiguration",
    );
  }
  if (Password !== undefined && Username === undefined) {
    throw invalidArgument("Password is given without Username");
  }
  if (isStrict && Username === undefined) {
    throw invalidArgument(
      "Either Username and Password or SecretsManagerConfiguration is required",
    );
  }
  if (isGiven && warehouse.kind === "workgroup") {
    throw notOfferedYet(
      "Username of a workgroup",
      "name a secret with SecretsManagerConfiguration, or leave Username and Password away to enter as the role",
    );
  }
}
