/** Columns of an Iceberg table in Arrow's layout, each under its id, by which Parquet's readers find it. */
import {
  type DataType,
  dateDay,
  field as arrowField,
  type Field as ArrowField,
  float32,
  float64,
  int32,
  int64,
  timeMicrosecond,
  TimeUnit,
  timestamp,
} from "@uwdata/flechette";
import {
  BinaryBuilder,
  BooleanBuilder,
  type ColumnBuilder,
  DecimalBuilder,
  FixedBuilder,
  ListBuilder,
  LongBuilder,
  MapBuilder,
  NumberBuilder,
  StructBuilder,
  TextBuilder,
} from "../../formats/column-builders.ts";
import type { NamedColumn } from "../../formats/parquet.ts";
import type { IcebergField, IcebergType } from "./types.ts";

/** Where Arrow's writers of Parquet look for the id of a field. */
const FIELD_ID = "PARQUET:field_id";

export function icebergColumns(fields: readonly IcebergField[]): NamedColumn[] {
  return fields.map((field) => {
    const builder = builderOf(field.type);
    return { field: identified(field, builder.type), builder };
  });
}

function identified({ id, name }: IcebergField, type: DataType, isNullable = true): ArrowField {
  return arrowField(name, type, isNullable, new Map([[FIELD_ID, String(id)]]));
}

const UUID_BYTES = 16;

function builderOf(type: IcebergType): ColumnBuilder {
  switch (type.kind) {
    case "boolean":
      return new BooleanBuilder();
    case "int":
      return new NumberBuilder(int32(), Int32Array);
    case "date":
      return new NumberBuilder(dateDay(), Int32Array);
    case "float":
      return new NumberBuilder(float32(), Float32Array);
    case "double":
      return new NumberBuilder(float64(), Float64Array);
    case "long":
      return new LongBuilder(int64());
    case "time":
      return new LongBuilder(timeMicrosecond());
    case "timestamp":
      return new LongBuilder(timestamp(TimeUnit.MICROSECOND));
    case "timestamptz":
      return new LongBuilder(timestamp(TimeUnit.MICROSECOND, "UTC"));
    case "decimal":
      return new DecimalBuilder(type.precision, type.scale);
    case "string":
      return new TextBuilder();
    case "binary":
      return new BinaryBuilder();
    case "uuid":
      return new FixedBuilder(UUID_BYTES);
    case "fixed":
      return new FixedBuilder(type.byteCount);
    case "list": {
      const element = builderOf(type.element.type);
      return new ListBuilder(element, identified(type.element, element.type));
    }
    case "map": {
      const key = builderOf(type.key.type);
      const value = builderOf(type.value.type);
      return new MapBuilder(
        key,
        value,
        identified(type.key, key.type, false),
        identified(type.value, value.type),
      );
    }
    case "struct": {
      const members = type.fields.map((member) => ({ member, builder: builderOf(member.type) }));
      return new StructBuilder(
        members.map(({ builder }) => builder),
        members.map(({ member, builder }) => identified(member, builder.type)),
      );
    }
  }
}
