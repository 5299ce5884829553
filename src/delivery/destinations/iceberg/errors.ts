/**
 * Why records do not come into a table: AWS's codes where they are known, and sentences of ours, without record data but
 * where a record's own line quotes it.
 * https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-errors.html
 */
import type { DeliveryError } from "../../error-log/delivery-error.ts";

/** `database.table` */
export interface TableName {
  readonly database: string;
  readonly table: string;
}

export function printTable({ database, table }: TableName): string {
  return `${database}.${table}`;
}

export function noSuchTable(name: TableName): DeliveryError {
  return {
    errorCode: "Iceberg.NoSuchTable",
    errorMessage: `The catalog has no table ${printTable(name)}, or no such database.`,
  };
}

export function invalidTableName(detail: string): DeliveryError {
  return { errorCode: "Iceberg.InvalidTableName", errorMessage: detail };
}

export const INVALID_OPERATION: DeliveryError = {
  errorCode: "Iceberg.InvalidOperation",
  errorMessage: "The operation of a record must be insert, update or delete.",
};

export const APPEND_ONLY: DeliveryError = {
  errorCode: "Iceberg.InvalidOperation",
  errorMessage: "The delivery stream appends only: neither update nor delete may be asked for.",
};

export function invalidUniqueKeys(name: TableName, detail: string): DeliveryError {
  return {
    errorCode: "Iceberg.InvalidUniqueKeys",
    errorMessage: `The unique keys of the table ${printTable(name)} cannot be used: ${detail}.`,
  };
}

export function unsupportedTable(name: TableName, detail: string): DeliveryError {
  return {
    errorCode: "Iceberg.UnsupportedTable",
    errorMessage: `Nothing can be written to the table ${printTable(name)}: ${detail}.`,
  };
}

/** A record that shares nothing with its table: a row of nulls would tell nobody. */
export function missingColumn(): DeliveryError {
  return {
    errorCode: "Iceberg.MissingColumnWithinRecord",
    errorMessage: "The record has none of the table's columns.",
  };
}

export function missingValue(place: string): DeliveryError {
  return {
    errorCode: "Iceberg.MissingColumnWithinRecord",
    errorMessage: `The record has no value for the required column ${place}.`,
  };
}

export function incompatible(place: string, detail: string): DeliveryError {
  return {
    errorCode: "Iceberg.IncompatibleType",
    errorMessage: `The value of ${place} does not fit its column: ${detail}`,
  };
}

export function noJson(detail: string): DeliveryError {
  return { errorCode: "Iceberg.MalformedRecord", errorMessage: detail };
}

export function committing(name: TableName, detail: string): DeliveryError {
  return {
    errorCode: "Iceberg.CommitFailed",
    errorMessage: `The table ${printTable(name)} took no commit: ${detail}.`,
  };
}

export const BUCKET_NOT_LISTED = "the deployment lists no such bucket for tables";
