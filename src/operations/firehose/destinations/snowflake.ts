/**
 * Snowflake, by its streaming interface over REST, which a key pair enters.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_SnowflakeDestinationConfiguration.html
 */
import { readPrivateKey } from "../../../delivery/destinations/snowflake/key-pair.ts";
import type { Loading } from "../../../delivery/destinations/snowflake/settings.ts";
import {
  SNOWFLAKE_BUFFER_DEFAULT_MIB,
  SNOWFLAKE_BUFFER_DEFAULT_SECONDS,
  SNOWFLAKE_RETRY_DEFAULT_SECONDS,
  SNOWFLAKE_TRANSFORM_BUFFER_BYTES,
} from "../../../limits.ts";
import { invalidArgument, notOfferedYet } from "../refusals.ts";
import {
  checkBothHints,
  describeReceiver,
  mergedReceiver,
  namedByReceiver,
  readReceiver,
  readSecret,
} from "./common.ts";
import { destinationKind } from "./kind.ts";
import {
  snowflakeConfiguration,
  type SnowflakeConfiguration,
  snowflakeUpdate,
} from "./snowflake-shapes.ts";

const SECRETS = ["PrivateKey", "KeyPassphrase"] as const;

export const snowflakeKind = destinationKind({
  members: {
    configuration: "SnowflakeDestinationConfiguration",
    update: "SnowflakeDestinationUpdate",
    description: "SnowflakeDestinationDescription",
  },
  typeName: "Snowflake",
  configuration: snowflakeConfiguration,
  update: snowflakeUpdate,

  read(configuration, context) {
    checkBothHints(configuration.BufferingHints ?? {});
    const loading = readLoading(configuration);
    const secret = readSecret(configuration);
    checkEntry(configuration);
    const { RoleARN, AccountUrl, Database, Schema, Table, User, RetryOptions } = configuration;
    const role = configuration.SnowflakeRoleConfiguration;
    if (role?.Enabled === true && role.SnowflakeRole === undefined) {
      throw invalidArgument("SnowflakeRole is required when SnowflakeRoleConfiguration is enabled");
    }
    if (configuration.SnowflakeVpcConfiguration !== undefined) {
      throw notOfferedYet(
        "SnowflakeVpcConfiguration",
        "Snowflake is reached at its public endpoint; leave it out",
      );
    }
    return readReceiver(
      configuration,
      {
        hints: hintsOf(configuration),
        receiver: {
          kind: "snowflake",
          place: `${urlOf(AccountUrl)} ${Database}.${Schema}.${Table}`,
          roleArn: RoleARN,
          retrySeconds: RetryOptions?.DurationInSeconds ?? SNOWFLAKE_RETRY_DEFAULT_SECONDS,
          ...secret,
          accountUrl: urlOf(AccountUrl),
          ...(User !== undefined && { user: User }),
          database: Database,
          schema: Schema,
          table: Table,
          ...(role?.Enabled === true && { snowflakeRole: role.SnowflakeRole! }),
          loading,
        },
        isAllBackedUp: configuration.S3BackupMode === "AllData",
        transformBufferBytes: SNOWFLAKE_TRANSFORM_BUFFER_BYTES,
      },
      context,
    );
  },

  secretsOf(configuration) {
    const given = SECRETS.map((name) => [name, configuration[name]] as const);
    return Object.fromEntries(
      given.filter((entry): entry is [(typeof SECRETS)[number], string] => entry[1] !== undefined),
    );
  },
  withoutSecrets(configuration) {
    const plain = Object.entries(configuration).filter(
      ([name]) => !SECRETS.some((secret) => secret === name),
    );
    return Object.fromEntries(plain) as SnowflakeConfiguration;
  },
  restored: (plain, secrets) => Object.assign({}, plain, secrets) as SnowflakeConfiguration,

  describe(configuration) {
    const { AccountUrl, User, Database, Schema, Table, RoleARN, RetryOptions } = configuration;
    const { MetaDataColumnName, ContentColumnName, SnowflakeRoleConfiguration } = configuration;
    return {
      AccountUrl,
      ...(User !== undefined && { User }),
      Database,
      Schema,
      Table,
      SnowflakeRoleConfiguration: SnowflakeRoleConfiguration ?? { Enabled: false },
      DataLoadingOption: configuration.DataLoadingOption ?? "JSON_MAPPING",
      ...(MetaDataColumnName !== undefined && { MetaDataColumnName }),
      ...(ContentColumnName !== undefined && { ContentColumnName }),
      RoleARN,
      RetryOptions: {
        DurationInSeconds: RetryOptions?.DurationInSeconds ?? SNOWFLAKE_RETRY_DEFAULT_SECONDS,
      },
      S3BackupMode: configuration.S3BackupMode ?? "FailedDataOnly",
      BufferingHints: hintsOf(configuration),
      ...describeReceiver(configuration),
    };
  },

  merged(standing, update) {
    if (standing.S3BackupMode === "AllData" && update.S3BackupMode === "FailedDataOnly") {
      throw invalidArgument("S3BackupMode cannot be changed from AllData to FailedDataOnly.");
    }
    return mergedReceiver(standing, update);
  },

  named(settings, place) {
    const { AccountUrl } = settings;
    return [
      ...namedByReceiver(settings, place),
      ...(AccountUrl === undefined
        ? []
        : [{ kind: "endpoint", arn: `${urlOf(AccountUrl)}/` } as const]),
    ];
  },
});

/** The scheme is optional. */
function urlOf(accountUrl: string): string {
  const url = /^https?:\/\//.test(accountUrl) ? accountUrl : `https://${accountUrl}`;
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

function hintsOf({ BufferingHints }: SnowflakeConfiguration) {
  return {
    SizeInMBs: BufferingHints?.SizeInMBs ?? SNOWFLAKE_BUFFER_DEFAULT_MIB,
    IntervalInSeconds: BufferingHints?.IntervalInSeconds ?? SNOWFLAKE_BUFFER_DEFAULT_SECONDS,
  };
}

function readLoading({
  DataLoadingOption = "JSON_MAPPING",
  ContentColumnName,
  MetaDataColumnName,
}: SnowflakeConfiguration): Loading {
  if (DataLoadingOption === "JSON_MAPPING") return { kind: "json" };
  if (ContentColumnName === undefined) {
    throw invalidArgument(`ContentColumnName is required with ${DataLoadingOption}`);
  }
  if (DataLoadingOption === "VARIANT_CONTENT_MAPPING") {
    return { kind: "variant", contentColumn: ContentColumnName };
  }
  if (MetaDataColumnName === undefined) {
    throw invalidArgument(`MetaDataColumnName is required with ${DataLoadingOption}`);
  }
  return { kind: "variant", contentColumn: ContentColumnName, metadataColumn: MetaDataColumnName };
}

/** A key that cannot sign is refused at once. */
function checkEntry(configuration: SnowflakeConfiguration): void {
  const { User, PrivateKey, KeyPassphrase, SecretsManagerConfiguration } = configuration;
  if (SecretsManagerConfiguration?.Enabled === true) return;
  if (User === undefined || PrivateKey === undefined) {
    throw invalidArgument(
      "User and PrivateKey are required when SecretsManagerConfiguration is not enabled",
    );
  }
  try {
    readPrivateKey({ user: User, privateKey: PrivateKey, passphrase: KeyPassphrase });
  } catch {
    throw invalidArgument("PrivateKey is not an RSA key in PKCS8, or KeyPassphrase is another one");
  }
}
