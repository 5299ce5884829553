/** Parquet files in tests: written by ours, read by hyparquet, which shares no code with it. */
import fc from "fast-check";
import { type FileMetaData, parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import {
  openParquetWriter,
  PARQUET_DEFAULTS,
  type ParquetOptions,
} from "../../src/delivery/formats/parquet.ts";
import type { Row, Value } from "../../src/delivery/formats/row.ts";
import {
  type ColumnType,
  type Field,
  type PrimitiveType,
  readSchema,
  type Schema,
} from "../../src/delivery/formats/schema.ts";
import { tableColumns } from "./serde-cases.ts";

/** @example schemaOf("id:bigint,who:struct<name:string>") */
export function schemaOf(columns: string): Schema {
  const result = readSchema(tableColumns(columns));
  if (result.kind === "invalid") throw new Error(result.errorMessage);
  return result.schema;
}

/** @param groups what is written at once */
export async function writeFile(
  schema: Schema,
  groups: Iterable<readonly Row[]>,
  options: Partial<ParquetOptions> = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = async (bytes: Uint8Array) => {
    chunks.push(Buffer.from(bytes));
  };
  const writer = await openParquetWriter(schema, { ...PARQUET_DEFAULTS, ...options }, sink);
  for (const rows of groups) await writer.write(rows);
  await writer.end();
  return Buffer.concat(chunks);
}

export function fileMetadata(file: Buffer): FileMetaData {
  return parquetMetadata(arrayBuffer(file));
}

/** Timestamps as microseconds, dates as days; the rest as hyparquet has it. */
export async function readFile(file: Buffer): Promise<unknown[]> {
  return parquetReadObjects({
    file: arrayBuffer(file),
    compressors,
    // Binary columns are bytes; texts say that they are texts.
    utf8: false,
    parsers: {
      timestampFromMicroseconds: (micros: bigint) => micros,
      dateFromDays: (days: number) => days,
    },
  });
}

function arrayBuffer(file: Buffer): ArrayBuffer {
  return new Uint8Array(file).buffer;
}

/** What `readFile` should find of a row. */
export function readable(row: Row, schema: Schema): unknown {
  return Object.fromEntries(
    schema.map(({ name, type }, i) => [name, readableValue(row[i]!, type)]),
  );
}

function readableValue(value: Value, type: ColumnType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "array":
      return (value as Value[]).map((element) => readableValue(element, type.element));
    case "map":
      return Object.fromEntries(
        (value as [Value, Value][]).map(([key, element]) => [
          String(readableValue(key, type.key)),
          readableValue(element, type.value),
        ]),
      );
    case "struct":
      return readable(value as Row, type.fields);
    case "char":
      return (value as string).trimEnd();
    case "decimal":
      return Number(value) / 10 ** type.scale;
    case "binary":
      return new Uint8Array(value as Uint8Array);
    case "timestamp":
      return floorDivided(value as bigint, 1000n);
    default:
      return value;
  }
}

function floorDivided(a: bigint, b: bigint): bigint {
  return (a - (((a % b) + b) % b)) / b;
}

/** Types with all that they may hold, nested no deeper than that. */
export function anyType(depth: number): fc.Arbitrary<ColumnType> {
  const primitive = anyPrimitiveType();
  if (depth === 0) return primitive;
  const inner = anyType(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: primitive },
    inner.map((element): ColumnType => ({ kind: "array", element })),
    fc
      .tuple(
        fc.constantFrom<PrimitiveType>({ kind: "string" }, { kind: "int" }, { kind: "bigint" }),
        inner,
      )
      .map(([key, value]): ColumnType => ({ kind: "map", key, value })),
    fc
      .array(inner, { minLength: 1, maxLength: 3 })
      .map((types): ColumnType => ({ kind: "struct", fields: namedFields(types) })),
  );
}

export function anySchema(): fc.Arbitrary<Schema> {
  return fc.array(anyType(3), { minLength: 1, maxLength: 5 }).map(namedFields);
}

function namedFields(types: readonly ColumnType[]): Field[] {
  return types.map((type, i) => ({ name: `f${i}`, type }));
}

function anyPrimitiveType(): fc.Arbitrary<PrimitiveType> {
  return fc.oneof(
    fc
      .constantFrom(
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "string",
        "binary",
        "date",
        "timestamp",
      )
      .map((kind): PrimitiveType => ({ kind })),
    fc.constantFrom<PrimitiveType>(
      { kind: "char", length: 5 },
      { kind: "varchar", length: 5 },
      { kind: "decimal", precision: 9, scale: 4 },
      { kind: "decimal", precision: 15, scale: 0 },
    ),
  );
}

/** A value of that type, or null; `false` where null is none. */
export function anyValue(type: ColumnType, isNullable = true): fc.Arbitrary<Value> {
  const value = anyPresentValue(type);
  return isNullable ? fc.option(value, { nil: null, freq: 4 }) : value;
}

function anyPresentValue(type: ColumnType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "boolean":
      return fc.boolean();
    case "tinyint":
      return fc.integer({ min: -128, max: 127 });
    case "smallint":
      return fc.integer({ min: -32_768, max: 32_767 });
    case "int":
      return fc.integer();
    case "bigint":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "float":
      return fc.float();
    case "double":
      return fc.double();
    case "string":
      return fc.string({ unit: "binary" });
    case "varchar":
      return fc.string({ maxLength: 5 });
    case "char":
      return fc.stringMatching(/^[a-z ]{0,4}[a-z]$/).map((text) => text.padEnd(5));
    case "binary":
      return fc.uint8Array({ maxLength: 40 });
    case "date":
      return fc.integer({ min: -719_528, max: 2_932_896 });
    case "timestamp":
      return fc.bigInt({ min: -62_167_219_200_000_000_000n, max: 253_402_300_799_999_999_999n });
    case "decimal":
      return fc.bigInt({
        min: 1n - 10n ** BigInt(type.precision),
        max: 10n ** BigInt(type.precision) - 1n,
      });
    case "array":
      return fc.array(anyValue(type.element), { maxLength: 4 });
    case "map":
      return fc.uniqueArray(fc.tuple(anyValue(type.key, false), anyValue(type.value)), {
        maxLength: 4,
        selector: ([key]) => String(key),
      });
    case "struct":
      return anyRow(type.fields);
  }
}

export function anyRow(fields: readonly Field[]): fc.Arbitrary<Row> {
  return fc.tuple(...fields.map(({ type }) => anyValue(type)));
}
