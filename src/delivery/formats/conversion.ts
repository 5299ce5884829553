/**
 * Record format conversion as a delivery stream asks for it, and what a flush needs of it: the table is looked up once
 * for all records of a flush. A table that can never be converted fails each record, as AWS does; a catalog that does
 * not answer fails the flush, which is tried again.
 */
import type { TableCatalog } from "../ports.ts";
import { type ConversionError, tableNotFound, tableRefused } from "./conversion-error.ts";
import { type Deserializer, openRecordReader } from "./deserializer.ts";
import type { CatalogTable } from "./failed-conversion.ts";
import type { ParquetOptions } from "./parquet.ts";
import type { RecordReader } from "./record-reader.ts";
import { readSchema, type Schema } from "./schema.ts";

/** The version of a table that follows its changes. */
export const LATEST = "LATEST";

/** Plain JSON: it is stored with the stream. */
export interface ConversionSettings {
  readonly deserializer: Deserializer;
  readonly parquet: ParquetOptions;
  readonly table: TableSettings;
}

/** The table that has the columns. Without a catalog it is the account's, without a region the stream's. */
export type TableSettings = Omit<CatalogTable, "catalogId" | "region"> &
  Partial<Pick<CatalogTable, "catalogId" | "region">>;

export interface Conversion {
  /** Empty where nothing can be converted. */
  readonly schema: Schema;
  readonly reader: RecordReader;
}

export async function openConversion(
  tables: TableCatalog,
  { deserializer, table }: Pick<ConversionSettings, "deserializer" | "table">,
): Promise<Conversion> {
  const found = await tables.get(table);
  const { databaseName, tableName, versionId } = table;
  const version = versionId === LATEST ? "" : `version ${versionId} of `;
  const what = `${version}the table ${databaseName}.${tableName}`;
  if (found.kind === "not found") return failing(tableNotFound(what));
  if (found.kind === "refused") return failing(tableRefused(found.reason, what, found.detail));
  const result = readSchema(found.columns);
  if (result.kind === "invalid") return failing(result);
  const { schema } = result;
  return { schema, reader: openRecordReader(schema, deserializer) };
}

function failing({ errorCode, errorMessage }: ConversionError): Conversion {
  return { schema: [], reader: { read: () => ({ kind: "failed", errorCode, errorMessage }) } };
}

/** As it stands in the lines of failed records. */
export function catalogTable(
  { catalogId, region, ...table }: TableSettings,
  here: { readonly accountId: string; readonly region: string },
): CatalogTable {
  return { ...table, catalogId: catalogId ?? here.accountId, region: region ?? here.region };
}
