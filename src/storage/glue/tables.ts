/**
 * Tables of the Glue Data Catalog. What Glue says of a table is an outcome; that it is throttled or out of reach is
 * thrown, and whoever asked asks again.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
 */
import {
  GetTableCommand,
  GetTableVersionCommand,
  GlueClient,
  type GlueClientConfig,
  type Table,
} from "@aws-sdk/client-glue";
import type { TableCatalog, TableReference, TableResult } from "../../delivery/ports.ts";

const LATEST = "LATEST";

export function glueTables(config: GlueClientConfig = {}): TableCatalog {
  const clients = new Map<string | undefined, GlueClient>();
  const clientOf = (region: string | undefined): GlueClient => {
    const client =
      clients.get(region) ?? new GlueClient(region === undefined ? config : { ...config, region });
    clients.set(region, client);
    return client;
  };
  return {
    async get(reference) {
      try {
        const table = await readTable(clientOf(reference.region), reference);
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
      return { kind: "refused", reason: "AccessDenied", detail: message };
    case "InvalidInputException":
      return { kind: "refused", reason: "InvalidInput", detail: message };
    default:
      throw new Error(
        `Glue did not show the table ${databaseName}.${tableName}: ${name}: ${message}`,
        { cause: error },
      );
  }
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
