/**
 * The types and columns of an Iceberg table, as its metadata names them. Every column, member, element, key and value has an id
 * of its own, which is what files are read by: names may change.
 * https://iceberg.apache.org/spec/#schemas-and-data-types
 */
import { COLUMN_TYPE_MAX_DEPTH, DECIMAL_MAX_DIGITS } from "../../../limits.ts";

const PLAIN_KINDS = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "string",
  "uuid",
  "binary",
] as const;

export type PlainKind = (typeof PLAIN_KINDS)[number];

export type PrimitiveType =
  | { readonly [Kind in PlainKind]: { readonly kind: Kind } }[PlainKind]
  | { readonly kind: "fixed"; readonly byteCount: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number };

export type IcebergType =
  | PrimitiveType
  | { readonly kind: "struct"; readonly fields: readonly IcebergField[] }
  | { readonly kind: "list"; readonly element: IcebergField }
  | { readonly kind: "map"; readonly key: IcebergField; readonly value: IcebergField };

/** Elements, keys and values are fields of those names. */
export interface IcebergField {
  readonly id: number;
  readonly name: string;
  readonly type: IcebergType;
  readonly isRequired: boolean;
}

export interface IcebergSchema {
  readonly id: number;
  readonly fields: readonly IcebergField[];
  /** Whose values tell rows apart, where the table says so. */
  readonly identifierFieldIds: readonly number[];
}

/** A schema that nobody here can write. */
export class UnknownType extends Error {}

export function readSchema(json: unknown): IcebergSchema {
  const schema = json as {
    readonly "schema-id"?: number;
    readonly fields?: unknown;
    readonly "identifier-field-ids"?: readonly number[];
  };
  return {
    id: schema["schema-id"] ?? 0,
    fields: readFields(schema.fields, 0),
    identifierFieldIds: schema["identifier-field-ids"] ?? [],
  };
}

function readFields(json: unknown, depth: number): IcebergField[] {
  if (!Array.isArray(json)) throw new UnknownType("the schema has no fields");
  return json.map((field: JsonField) =>
    readField(field.id, field.name, field.type, field.required, depth),
  );
}

interface JsonField {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly type?: unknown;
  readonly required?: unknown;
}

function readField(
  id: unknown,
  name: unknown,
  type: unknown,
  required: unknown,
  depth: number,
): IcebergField {
  if (typeof id !== "number" || typeof name !== "string") {
    throw new UnknownType("a field of the schema has no id or no name");
  }
  return { id, name, type: readType(type, depth + 1, name), isRequired: required === true };
}

interface JsonType {
  readonly type?: unknown;
  readonly fields?: unknown;
  readonly "element-id"?: unknown;
  readonly element?: unknown;
  readonly "element-required"?: unknown;
  readonly "key-id"?: unknown;
  readonly key?: unknown;
  readonly "value-id"?: unknown;
  readonly value?: unknown;
  readonly "value-required"?: unknown;
}

function readType(json: unknown, depth: number, name: string): IcebergType {
  if (depth > COLUMN_TYPE_MAX_DEPTH) {
    throw new UnknownType(
      `the field ${name} is nested deeper than ${COLUMN_TYPE_MAX_DEPTH} levels`,
    );
  }
  if (typeof json === "string") return readPrimitive(json, name);
  const type = (json ?? {}) as JsonType;
  switch (type.type) {
    case "struct":
      return { kind: "struct", fields: readFields(type.fields, depth) };
    case "list":
      return {
        kind: "list",
        element: readField(
          type["element-id"],
          "element",
          type.element,
          type["element-required"],
          depth,
        ),
      };
    case "map":
      return {
        kind: "map",
        key: readField(type["key-id"], "key", type.key, true, depth),
        value: readField(type["value-id"], "value", type.value, type["value-required"], depth),
      };
    default:
      throw new UnknownType(`the field ${name} is of an unknown type`);
  }
}

function readPrimitive(text: string, name: string): PrimitiveType {
  const plain = PLAIN_KINDS.find((kind) => kind === text);
  if (plain !== undefined) return { kind: plain };
  const [, length] = /^fixed\[(\d+)\]$/.exec(text) ?? [];
  if (length !== undefined) return { kind: "fixed", byteCount: Number(length) };
  const [, precision, scale] = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text) ?? [];
  if (precision !== undefined && Number(precision) <= DECIMAL_MAX_DIGITS) {
    return { kind: "decimal", precision: Number(precision), scale: Number(scale) };
  }
  throw new UnknownType(`the field ${name} is of the type ${text}, which cannot be written`);
}

export function isPrimitive(type: IcebergType): type is PrimitiveType {
  return type.kind !== "struct" && type.kind !== "list" && type.kind !== "map";
}

/** A primitive field that has at most one value in a row: of the table, or of structs within it. */
export interface Leaf {
  readonly field: IcebergField;
  readonly type: PrimitiveType;
  /** Where its value is in a row: positions, from the outermost on. */
  readonly path: readonly number[];
}

export function leavesOf(fields: readonly IcebergField[], outer: readonly number[] = []): Leaf[] {
  return fields.flatMap((field, at) => {
    const { type } = field;
    const path = [...outer, at];
    if (type.kind === "struct") return leavesOf(type.fields, path);
    return isPrimitive(type) ? [{ field, type, path }] : [];
  });
}
