/**
 * Iceberg tables. AWS names catalogs by ARNs of Glue; a REST catalog has one of that form, too, with the name that the deployment
 * gives it: `arn:aws:glue:us-east-1:111122223333:catalog/rest/lake`.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_IcebergDestinationConfiguration.html
 */
import {
  type CatalogSettings,
  tableBucketArn,
  type TableSettings,
} from "../../../delivery/destinations/iceberg/settings.ts";
import {
  BUFFER_INTERVAL_DEFAULT_SECONDS,
  BUFFER_SIZE_DEFAULT_MIB,
  ICEBERG_RETRY_DEFAULT_SECONDS,
} from "../../../limits.ts";
import type { NamedTarget } from "../../../targets/kinds.ts";
import { processorOf, queryOf } from "../processing.ts";
import { invalidArgument, notOfferedYet } from "../refusals.ts";
import type { ProcessingConfiguration } from "../s3-shapes.ts";
import {
  type DestinationTable,
  type IcebergConfiguration,
  icebergConfiguration,
  icebergUpdate,
} from "./iceberg-shapes.ts";
import { destinationKind } from "./kind.ts";
import { checkBothHints, describeReceiver, namedByReceiver, readReceiver } from "./common.ts";

const DEFAULT_HINTS = {
  SizeInMBs: BUFFER_SIZE_DEFAULT_MIB,
  IntervalInSeconds: BUFFER_INTERVAL_DEFAULT_SECONDS,
};

export const icebergKind = destinationKind({
  members: {
    configuration: "IcebergDestinationConfiguration",
    update: "IcebergDestinationUpdate",
    description: "IcebergDestinationDescription",
  },
  typeName: "Iceberg",
  configuration: icebergConfiguration,
  update: icebergUpdate,

  read(configuration, context) {
    check(configuration);
    const { RoleARN, AppendOnly = false, RetryOptions, CatalogConfiguration } = configuration;
    const { DestinationTableConfigurationList: tables = [], BufferingHints } = configuration;
    return readReceiver(
      configuration,
      {
        hints: { ...DEFAULT_HINTS, ...BufferingHints },
        receiver: {
          kind: "iceberg",
          place: placeOf(configuration),
          roleArn: RoleARN,
          retrySeconds: RetryOptions?.DurationInSeconds ?? ICEBERG_RETRY_DEFAULT_SECONDS,
          catalog: readCatalog(CatalogConfiguration.CatalogARN ?? ""),
          tables: tables.map(readTable),
          isAppendOnly: AppendOnly,
          isRouted: isRouted(configuration.ProcessingConfiguration),
        },
        isAllBackedUp: false,
        mayExtract: true,
      },
      context,
    );
  },

  secretsOf: () => ({}),
  withoutSecrets: (configuration) => configuration,
  restored: (plain) => plain,

  describe(configuration) {
    const { DestinationTableConfigurationList: tables, RoleARN } = configuration;
    const { CatalogConfiguration, AppendOnly, S3BackupMode, BufferingHints } = configuration;
    const { RetryOptions, SchemaEvolutionConfiguration, TableCreationConfiguration } =
      configuration;
    return {
      ...describeReceiver(configuration),
      ...(tables && { DestinationTableConfigurationList: tables }),
      ...(SchemaEvolutionConfiguration && { SchemaEvolutionConfiguration }),
      ...(TableCreationConfiguration && { TableCreationConfiguration }),
      BufferingHints: { ...DEFAULT_HINTS, ...BufferingHints },
      S3BackupMode: S3BackupMode ?? "FailedDataOnly",
      RetryOptions: {
        DurationInSeconds: RetryOptions?.DurationInSeconds ?? ICEBERG_RETRY_DEFAULT_SECONDS,
      },
      RoleARN,
      AppendOnly: AppendOnly ?? false,
      CatalogConfiguration,
    };
  },

  // The bucket is given as a whole, as the service model has it.
  merged(standing, update) {
    const given = Object.entries(update).filter(([, value]) => value !== undefined);
    return Object.assign({}, standing, Object.fromEntries(given)) as IcebergConfiguration;
  },

  named(settings, place) {
    const { RoleARN, CatalogConfiguration, DestinationTableConfigurationList } = settings;
    const arn = CatalogConfiguration?.CatalogARN;
    return [
      ...namedByReceiver(settings, place),
      ...(arn === undefined
        ? []
        : targetsOfCatalog(arn, DestinationTableConfigurationList ?? [], RoleARN)),
    ];
  },
});

function check(configuration: IcebergConfiguration): void {
  const { SchemaEvolutionConfiguration, TableCreationConfiguration, S3BackupMode } = configuration;
  const { DestinationTableConfigurationList: tables = [], BufferingHints } = configuration;
  const { CatalogARN, WarehouseLocation } = configuration.CatalogConfiguration;
  if (S3BackupMode === "AllData") {
    throw invalidArgument("S3BackupMode.AllData is not supported for Iceberg as destination.");
  }
  if (!isRouted(configuration.ProcessingConfiguration) && tables.length !== 1) {
    throw invalidArgument(
      "A single default destination table configuration must be provided when both Lambda and MetadataExtraction processors are not provided",
    );
  }
  checkBothHints(BufferingHints ?? {});
  for (const [member, given] of Object.entries({
    SchemaEvolutionConfiguration,
    TableCreationConfiguration,
  })) {
    if (given?.Enabled) throw notOfferedYet(member, "make and change the table yourself");
  }
  if (WarehouseLocation !== undefined) {
    throw notOfferedYet("WarehouseLocation", "tables are made where you make them");
  }
  for (const member of ["PartitionSpec", "S3ErrorOutputPrefix"] as const) {
    if (tables.some((table) => table[member])) {
      throw notOfferedYet(
        `DestinationTableConfiguration.${member}`,
        member === "PartitionSpec"
          ? "the table's own partition spec counts"
          : "the ErrorOutputPrefix of S3Configuration counts for all tables",
      );
    }
  }
  if (CatalogARN === undefined) {
    throw invalidArgument("CatalogConfiguration must hold a CatalogARN");
  }
  const [, first, second, ...others] = catalogPath(CatalogARN);
  const isKnown = first === undefined || (second !== undefined && KNOWN_PATHS.has(first));
  if (!isKnown || others.length > 0) {
    throw notOfferedYet(
      `The catalog ${CatalogARN}`,
      "name Glue's own, one of s3tablescatalog, or one of rest that the deployment lists",
    );
  }
}

const S3_TABLES = "s3tablescatalog";
const REST = "rest";
const KNOWN_PATHS = new Set([S3_TABLES, REST]);

/** `arn:aws:glue:us-east-1:111122223333:catalog/rest/lake` → `["catalog", "rest", "lake"]` */
function catalogPath(arn: string): string[] {
  return arn.split(":").slice(5).join(":").split("/");
}

function readCatalog(arn: string): CatalogSettings {
  const [, partition = "", , region = "", accountId = ""] = arn.split(":");
  const [, kind, name = ""] = catalogPath(arn);
  if (kind === S3_TABLES) {
    return { kind: "s3tables", region, accountId, bucketName: name, partition };
  }
  if (kind === REST) return { kind: "rest", name, region };
  return { kind: "glue", region, catalogId: accountId };
}

function isRouted(processing: ProcessingConfiguration | undefined): boolean {
  if (processing?.Enabled !== true) return false;
  return processorOf(processing, "Lambda") !== undefined || queryOf(processing) !== undefined;
}

function readTable({
  DestinationDatabaseName,
  DestinationTableName,
  UniqueKeys = [],
}: DestinationTable): TableSettings {
  return {
    database: DestinationDatabaseName,
    table: DestinationTableName,
    uniqueKeys: UniqueKeys,
  };
}

/** For people. */
function placeOf({
  CatalogConfiguration,
  DestinationTableConfigurationList: tables = [],
}: IcebergConfiguration): string {
  const [only, ...others] = tables;
  const catalog = CatalogConfiguration.CatalogARN ?? "";
  if (only === undefined || others.length > 0) return catalog;
  return `${catalog} ${only.DestinationDatabaseName}.${only.DestinationTableName}`;
}

/** Of tables that only records name, the catalog: IAM says the rest when records come. */
function targetsOfCatalog(
  arn: string,
  tables: readonly DestinationTable[],
  role: string | undefined,
): readonly NamedTarget[] {
  const under = role === undefined ? {} : { roleArn: role };
  const catalog = readCatalog(arn);
  switch (catalog.kind) {
    case "rest":
      // Whoever lists it says how it is entered: no role of AWS's does.
      return [{ kind: "icebergCatalog", arn }];
    case "s3tables":
      return [{ kind: "s3TableBucket", arn: tableBucketArn(catalog), ...under }];
    case "glue": {
      const head = arn.replace(/:catalog$/, "");
      const named = tables.flatMap(({ DestinationDatabaseName, DestinationTableName }) => [
        `database/${DestinationDatabaseName}`,
        `table/${DestinationDatabaseName}/${DestinationTableName}`,
      ]);
      const arns = new Set(["catalog", ...named].map((name) => `${head}:${name.toLowerCase()}`));
      return [...arns].map((one) => ({ kind: "icebergTable", arn: one, ...under }) as const);
    }
  }
}
