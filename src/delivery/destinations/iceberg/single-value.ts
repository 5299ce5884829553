/**
 * A single value as bytes: bounds of columns in manifests, keys of rows. And as Avro has it, in the partitions of manifests.
 * https://iceberg.apache.org/spec/#appendix-d-single-value-serialization
 */
import type { Value } from "../../formats/row.ts";
import type { AvroSchema, AvroValue } from "./avro.ts";
import type { PrimitiveType } from "./types.ts";

export function valueBytes(type: PrimitiveType, value: NonNullable<Value>): Uint8Array {
  switch (type.kind) {
    case "boolean":
      return Uint8Array.of(value === true ? 1 : 0);
    case "int":
    case "date": {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value as number);
      return bytes;
    }
    case "float": {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(value as number);
      return bytes;
    }
    case "double": {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return bytes;
    }
    case "long":
    case "time":
    case "timestamp":
    case "timestamptz": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value as bigint);
      return bytes;
    }
    case "string":
      return Buffer.from(value as string);
    case "decimal":
      return unscaledBytes(value as bigint);
    case "uuid":
    case "fixed":
    case "binary":
      return value as Uint8Array;
  }
}

/** Two's complement, the highest byte first, as few as there can be. */
export function unscaledBytes(unscaled: bigint): Uint8Array {
  let byteCount = 1;
  while (BigInt.asIntN(8 * byteCount, unscaled) !== unscaled) byteCount++;
  return fixedBytes(unscaled, byteCount);
}

function fixedBytes(unscaled: bigint, byteCount: number): Uint8Array {
  const hex = BigInt.asUintN(8 * byteCount, unscaled).toString(16);
  return Buffer.from(hex.padStart(2 * byteCount, "0"), "hex");
}

/** As it stands in the partition of a manifest's file. */
export function avroValueOf(type: PrimitiveType, value: Value): AvroValue {
  if (value === null) return null;
  if (type.kind !== "decimal") return value;
  return fixedBytes(value as bigint, decimalByteCount(type.precision));
}

/** How many bytes hold every number of so many digits. */
export function decimalByteCount(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let byteCount = 1;
  while (BigInt.asIntN(8 * byteCount, largest) !== largest) byteCount++;
  return byteCount;
}

/** https://iceberg.apache.org/spec/#avro */
export function avroTypeOf(type: PrimitiveType): AvroSchema {
  switch (type.kind) {
    case "boolean":
    case "int":
    case "long":
    case "float":
    case "double":
    case "string":
      return type.kind;
    case "binary":
      return "bytes";
    case "date":
      return { type: "int", logicalType: "date" };
    case "time":
      return { type: "long", logicalType: "time-micros" };
    case "timestamp":
    case "timestamptz":
      return {
        type: "long",
        logicalType: "timestamp-micros",
        "adjust-to-utc": type.kind === "timestamptz",
      };
    case "uuid":
      return { type: "fixed", name: "uuid_fixed", size: 16, logicalType: "uuid" };
    case "fixed":
      return { type: "fixed", name: `fixed_${type.byteCount}`, size: type.byteCount };
    case "decimal": {
      const { precision, scale } = type;
      const size = decimalByteCount(precision);
      const name = `decimal_${precision}_${scale}`;
      return { type: "fixed", name, size, logicalType: "decimal", precision, scale };
    }
  }
}

/** The order of values of a type; of numbers that are none nobody asks. */
export function compareValues(a: NonNullable<Value>, b: NonNullable<Value>): number {
  if (typeof a === "string") return compareTexts(a, b as string);
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code points, which is the order of their bytes in UTF-8. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // Halves of pairs stand for what comes behind all other units.
    const isPairX = x >= 0xd800 && x <= 0xdfff;
    const isPairY = y >= 0xd800 && y <= 0xdfff;
    return isPairX === isPairY ? x - y : isPairX ? 1 : -1;
  }
  return a.length - b.length;
}
