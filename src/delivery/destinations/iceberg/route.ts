/**
 * Where a record goes and what it does there: as the Lambda says in `metadata.otfMetadata`, else as the query says, else into the
 * one table of the settings, as a new row.
 * https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";
import { otfKeyName, type PartitionKeys, partitionKeyName } from "../../naming/partition.ts";
import type { Passing } from "../../stages/outcome.ts";
import { APPEND_ONLY, INVALID_OPERATION, invalidTableName, type TableName } from "./errors.ts";
import type { IcebergSettings } from "./settings.ts";

const OPERATIONS = ["insert", "update", "delete"] as const;

export type Operation = (typeof OPERATIONS)[number];

export type Route =
  | { readonly kind: "to"; readonly table: TableName; readonly operation: Operation }
  | { readonly kind: "nowhere"; readonly error: DeliveryError };

// oxlint-disable-next-line no-control-regex
const NAME = /^[^\u0000-\u001f/\\]{1,255}$/u;

export function routeOf(
  { partitionKeys = {} }: Pick<Passing, "partitionKeys">,
  { tables, isAppendOnly }: Pick<IcebergSettings, "tables" | "isAppendOnly">,
): Route {
  const [only] = tables.length === 1 ? tables : [];
  const database = said(partitionKeys, "destinationDatabaseName") ?? only?.database;
  const table = said(partitionKeys, "destinationTableName") ?? only?.table;
  if (database === undefined || table === undefined) {
    return nowhere(invalidTableName("The record does not say which table it is for."));
  }
  if (!NAME.test(database) || !NAME.test(table)) {
    return nowhere(invalidTableName("The record is for a table whose name none can have."));
  }
  const given = (said(partitionKeys, "operation") ?? "insert").toLowerCase();
  const operation = OPERATIONS.find((one) => one === given);
  if (operation === undefined) return nowhere(INVALID_OPERATION);
  if (isAppendOnly && operation !== "insert") return nowhere(APPEND_ONLY);
  return { kind: "to", table: { database, table }, operation };
}

function said(keys: PartitionKeys, key: string): string | undefined {
  return keys[otfKeyName(key)] ?? keys[partitionKeyName("partitionKeyFromQuery", key)];
}

function nowhere(error: DeliveryError): Route {
  return { kind: "nowhere", error };
}
