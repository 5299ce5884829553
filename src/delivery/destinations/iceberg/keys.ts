/**
 * The keys that tell a table's rows apart, for updates and deletions: as the stream's settings name them, else as the table does.
 * https://iceberg.apache.org/spec/#equality-delete-files
 */
import type { Row, Value } from "../../formats/row.ts";
import { valueAt } from "./column-metrics.ts";
import { valueBytes } from "./single-value.ts";
import { type IcebergField, type IcebergSchema, type Leaf, leavesOf } from "./types.ts";

export interface RowKeys {
  /** Of their fields, rising. */
  readonly ids: readonly number[];
  readonly leaves: readonly Leaf[];
}

export type KeysResult =
  | { readonly kind: "keys"; readonly keys: RowKeys }
  | { readonly kind: "none"; readonly detail: string };

/** @param names of columns, members of structs behind points; none: the table's own identifiers count */
export function rowKeys(schema: IcebergSchema, names: readonly string[]): KeysResult {
  const all = leavesOf(schema.fields);
  const leaves: Leaf[] = [];
  if (names.length === 0) {
    const ids = new Set(schema.identifierFieldIds);
    leaves.push(...all.filter(({ field }) => ids.has(field.id)));
    if (leaves.length === 0) {
      return { kind: "none", detail: "neither the settings nor the table name any" };
    }
  }
  for (const name of names) {
    const leaf = all.find(({ path }) => fullName(schema.fields, path) === name.toLowerCase());
    if (leaf === undefined) {
      return { kind: "none", detail: `the table has no column ${name} of a simple type` };
    }
    leaves.push(leaf);
  }
  const floating = leaves.find(({ type }) => type.kind === "float" || type.kind === "double");
  if (floating !== undefined) {
    return { kind: "none", detail: `${floating.field.name} is a floating point number` };
  }
  leaves.sort((a, b) => a.field.id - b.field.id);
  return { kind: "keys", keys: { ids: leaves.map(({ field }) => field.id), leaves } };
}

function fullName(fields: readonly IcebergField[], [at = 0, ...inner]: readonly number[]): string {
  const { name, type } = fields[at]!;
  const outer = name.toLowerCase();
  if (inner.length === 0 || type.kind !== "struct") return outer;
  return `${outer}.${fullName(type.fields, inner)}`;
}

/** The same for the same keys, and for no others. */
export function keyText({ leaves }: RowKeys, row: Row): string {
  return leaves
    .map(({ path, type }) => {
      const value = valueAt(row, path);
      return value === null ? "" : `=${Buffer.from(valueBytes(type, value)).toString("base64")}`;
    })
    .join(",");
}

/** The name of a key that the row has no value for. */
export function missingKey({ leaves }: RowKeys, row: Row): string | undefined {
  return leaves.find(({ path }) => valueAt(row, path) === null)?.field.name;
}

export interface Projection {
  readonly fields: readonly IcebergField[];
  pick(row: Row): Row;
}

/** Rows of nothing but those fields, and of the structs that they are in. */
export function projection(fields: readonly IcebergField[], ids: ReadonlySet<number>): Projection {
  const parts = fields.flatMap((field, at) => {
    if (ids.has(field.id)) return [{ field, at, pick: (value: Value) => value }];
    if (field.type.kind !== "struct") return [];
    const inner = projection(field.type.fields, ids);
    if (inner.fields.length === 0) return [];
    const type = { ...field.type, fields: inner.fields };
    const pick = (value: Value) => (value === null ? null : inner.pick(value as Row));
    return [{ field: { ...field, type }, at, pick }];
  });
  return {
    fields: parts.map(({ field }) => field),
    pick: (row) => parts.map(({ at, pick }) => pick(row[at]!)),
  };
}

/** All that a struct needs around a field: the columns that hold the keys. */
export function columnsOf({ leaves }: RowKeys, schema: IcebergSchema): ReadonlySet<number> {
  return new Set(leaves.map(({ path }) => schema.fields[path[0]!]!.id));
}
