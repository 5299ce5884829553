/**
 * Iceberg's tables in the Glue Data Catalog: where their metadata lies, changed under the condition that Glue's own version of
 * the table is the one that was read.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html#aws-glue-api-catalog-tables-UpdateTable
 */
import {
  GetTableCommand,
  type GlueClientConfig,
  GlueServiceException,
  type Table,
  type TableInput,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import type { GlueIcebergTables } from "../../delivery/destinations/iceberg/ports.ts";
import type { DeliveryError } from "../../delivery/error-log/delivery-error.ts";
import type { Roles } from "../sts/roles.ts";
import { glueClients } from "./clients.ts";

const LOCATION = "metadata_location";
const PREVIOUS_LOCATION = "previous_metadata_location";
const TABLE_TYPE = "table_type";

export function glueIcebergTables(
  config: GlueClientConfig = {},
  roles?: Pick<Roles, "assumed" | "credentialsOf">,
): GlueIcebergTables {
  const clientOf = glueClients(config, roles);
  return {
    async get(place) {
      const { catalogId, database, table } = place;
      // Glue's names are in lower case, whatever they are asked for in.
      const names = { DatabaseName: database.toLowerCase(), Name: table.toLowerCase() };
      try {
        const { Table: found } = await clientOf(place).send(
          new GetTableCommand({ CatalogId: catalogId, ...names }),
        );
        const { [TABLE_TYPE]: type = "", [LOCATION]: location } = found?.Parameters ?? {};
        if (type.toUpperCase() !== "ICEBERG" || location === undefined) {
          return { kind: "unsupported", detail: "it is no Iceberg table" };
        }
        return { kind: "table", metadataLocation: location, version: found };
      } catch (error) {
        if (nameOf(error) === "EntityNotFoundException") return { kind: "missing" };
        return { kind: "away", error: glueError(error) };
      }
    },

    async swap(place, { version, metadataLocation: standing }, metadataLocation) {
      const { catalogId, database } = place;
      const table = version as Table;
      try {
        await clientOf(place).send(
          new UpdateTableCommand({
            CatalogId: catalogId,
            DatabaseName: database.toLowerCase(),
            TableInput: {
              ...inputOf(table),
              Parameters: {
                ...table.Parameters,
                [LOCATION]: metadataLocation,
                [PREVIOUS_LOCATION]: standing,
              },
            },
            // Each flush would leave a version of the table, of which Glue keeps only so many.
            SkipArchive: true,
            ...(table.VersionId !== undefined && { VersionId: table.VersionId }),
          }),
        );
        return { kind: "committed" };
      } catch (error) {
        return CONFLICTS.has(nameOf(error)) && isAnswer(error)
          ? { kind: "conflict" }
          : { kind: "away", error: glueError(error) };
      }
    },
  };
}

const CONFLICTS = new Set(["ConcurrentModificationException", "VersionMismatchException"]);

/** An attempt of the SDK's own before the last may have had its effect: whether it had shows when the table is read again. */
function isAnswer(error: unknown): boolean {
  return error instanceof GlueServiceException;
}

/** What of a table may be given back. */
function inputOf(table: Table): TableInput {
  const { Name, Description, Owner, LastAccessTime, LastAnalyzedTime, Retention } = table;
  const { StorageDescriptor, PartitionKeys, ViewOriginalText, ViewExpandedText } = table;
  const { TableType, TargetTable } = table;
  return {
    Name,
    ...(Description !== undefined && { Description }),
    ...(Owner !== undefined && { Owner }),
    ...(LastAccessTime !== undefined && { LastAccessTime }),
    ...(LastAnalyzedTime !== undefined && { LastAnalyzedTime }),
    ...(Retention !== undefined && { Retention }),
    ...(StorageDescriptor !== undefined && { StorageDescriptor }),
    ...(PartitionKeys !== undefined && { PartitionKeys }),
    ...(ViewOriginalText !== undefined && { ViewOriginalText }),
    ...(ViewExpandedText !== undefined && { ViewExpandedText }),
    ...(TableType !== undefined && { TableType }),
    ...(TargetTable !== undefined && { TargetTable }),
  };
}

const DENIED = new Set(["AccessDeniedException", "AccessDenied"]);

function glueError(error: unknown): DeliveryError {
  const name = nameOf(error);
  if (DENIED.has(name)) {
    return {
      errorCode: "Glue.AccessDenied",
      errorMessage:
        "Access was denied. Ensure that the access policy of the role allows access to the catalog, the database and the table in Glue.",
    };
  }
  return {
    errorCode: `Glue.${name.replace(/Exception$/, "")}`,
    errorMessage: "Glue did not show or change the table.",
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "UnknownError";
}
