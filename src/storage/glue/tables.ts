/**
 * Tables of the Glue Data Catalog. What Glue says of a table is an outcome, and what it refuses for good fails the records that
 * wait for it; that it is throttled or out of reach is thrown, and whoever asked asks again, for as long as records are kept.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
 */
import {
  GetTableCommand,
  GetTableVersionCommand,
  type GlueClient,
  type GlueClientConfig,
  GlueServiceException,
  type Table,
} from "@aws-sdk/client-glue";
import type { Roles } from "../sts/roles.ts";
import { glueClients } from "./clients.ts";
import type { TableCatalog, TableReference, TableResult } from "../../delivery/ports.ts";

const LATEST = "LATEST";

/** @param roles absent: all is read under the function's own */
export function glueTables(config: GlueClientConfig = {}, roles?: Roles): TableCatalog {
  const clientOf = glueClients(config, roles);
  return {
    async get(reference) {
      try {
        const table = await readTable(clientOf(reference), reference);
        return { kind: "table", columns: table?.StorageDescriptor?.Columns ?? [] };
      } catch (error) {
        return refusal(error, reference);
      }
    },
  };
}

function refusal(error: unknown, { databaseName, tableName }: TableReference): TableResult {
  const { name, message } = error as Error;
  switch (name) {
    case "EntityNotFoundException":
      return { kind: "not found" };
    case "AccessDeniedException":
    // Of a role that may not be assumed.
    case "AccessDenied":
      return { kind: "refused", reason: "AccessDenied", detail: message };
    case "InvalidInputException":
      return { kind: "refused", reason: "InvalidInput", detail: message };
    default:
      // What Glue holds against the request or the table, it will hold against the next one.
      if (isLasting(error)) {
        return { kind: "refused", reason: "InvalidInput", detail: `${name}: ${message}` };
      }
      throw new Error(
        `Glue did not show the table ${databaseName}.${tableName}: ${name}: ${message}`,
        { cause: error },
      );
  }
}

/** Faults of the request by their kind, and over by themselves all the same; or of our own credentials. */
const PASSING = new Set([
  "ExpiredTokenException",
  "FederationSourceRetryableException",
  "InvalidSignatureException",
  "OperationTimeoutException",
  "RequestLimitExceeded",
  "ResourceNotReadyException",
  "ThrottlingException",
  "TooManyRequestsException",
  "UnrecognizedClientException",
]);

function isLasting(error: unknown): boolean {
  return (
    error instanceof GlueServiceException &&
    error.$metadata.httpStatusCode === 400 &&
    !PASSING.has(error.name)
  );
}

async function readTable(
  client: GlueClient,
  { catalogId, databaseName, tableName, versionId }: TableReference,
): Promise<Table | undefined> {
  const place = { CatalogId: catalogId, DatabaseName: databaseName };
  if (versionId === LATEST) {
    const { Table: table } = await client.send(new GetTableCommand({ ...place, Name: tableName }));
    return table;
  }
  const { TableVersion: version } = await client.send(
    new GetTableVersionCommand({ ...place, TableName: tableName, VersionId: versionId }),
  );
  return version?.Table;
}
