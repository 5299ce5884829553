/**
 * Tables for record format conversion, under `tables` in the file of functions: columns by their names, or the path of a
 * file with a table as Glue prints it. Whenever one is asked for it is read anew, so that an edited table is taken up.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseYaml } from "./yaml.ts";

/** Of Glue's own, what functions may ask for. */
export interface GlueTable {
  readonly Name: string;
  readonly DatabaseName: string;
  readonly VersionId: string;
  readonly StorageDescriptor?: { readonly Columns?: readonly unknown[] };
  readonly PartitionKeys?: readonly unknown[];
  readonly Parameters?: Readonly<Record<string, string>>;
}

/** By `database.table`. */
export type Tables = ReadonlyMap<string, GlueTable>;

/** Of tables that do not say it. */
const FIRST_VERSION = "0";

/** @param given what stands under `tables` in `file` */
export function readTables(file: string, given: unknown): Tables {
  if (!isObject(given)) throw new Error(`${file}: tables must map database.table to columns`);
  return new Map(
    Object.entries(given).map(([name, definition]) => [name, readTable(file, name, definition)]),
  );
}

/** Of a file that was taken once and may have been edited since. */
export function tablesIn(file: string | undefined): Tables {
  if (file === undefined) return new Map();
  const listed = parseYaml(readFileSync(file, "utf8"));
  return readTables(file, (isObject(listed) && listed["tables"]) || {});
}

function readTable(file: string, name: string, definition: unknown): GlueTable {
  const refuse = (problem: string) => new Error(`${file}: the table ${name} ${problem}`);
  const [, DatabaseName, Name] = /^([^.]+)\.([^.]+)$/.exec(name) ?? [];
  if (DatabaseName === undefined || Name === undefined) {
    throw refuse("must be named by database and table, such as analytics.events");
  }
  const called = { Name, DatabaseName, VersionId: FIRST_VERSION };
  if (typeof definition === "string") {
    return { ...called, ...printedTable(resolve(dirname(file), definition), refuse) };
  }
  if (!isObject(definition)) {
    throw refuse("must have columns, such as {id: bigint}, or be the path of a file");
  }
  const Columns = Object.entries(definition).map(([column, type]) => {
    if (typeof type === "string") return { Name: column, Type: type };
    throw refuse(
      `must have a type for the column ${column}; one with commas stands in quotes within braces`,
    );
  });
  return { ...called, StorageDescriptor: { Columns } };
}

/** What `aws glue get-table` prints, or only the table in it. */
function printedTable(
  path: string,
  refuse: (problem: string) => Error,
): Omit<GlueTable, "Name" | "DatabaseName" | "VersionId"> & { readonly VersionId?: string } {
  let printed: unknown;
  try {
    printed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse(`is to be read from ${path}: ${(error as Error).message}`);
  }
  const table = isObject(printed) && isObject(printed["Table"]) ? printed["Table"] : printed;
  if (!isObject(table) || !isObject(table["StorageDescriptor"])) {
    throw refuse(`has no StorageDescriptor in ${path}`);
  }
  const { StorageDescriptor, PartitionKeys, Parameters, VersionId } = table as Partial<GlueTable>;
  return {
    ...(StorageDescriptor && { StorageDescriptor }),
    ...(PartitionKeys && { PartitionKeys }),
    ...(Parameters && { Parameters }),
    ...(VersionId !== undefined && { VersionId }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
