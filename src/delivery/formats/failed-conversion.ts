/**
 * A record that could not be converted, and its line in the error output: the members of AWS in AWS's order. The
 * developer guide ends the table with `catalogArn`; what the service writes there is `roleArn`.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
import type { DeliveryRecord, RecordIdentity } from "../record.ts";
import type { ConversionError } from "./conversion-error.ts";

/** The table that a delivery stream has its columns from, as its configuration names it. */
export interface CatalogTable {
  readonly catalogId: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly region: string;
  /** A version's number, or `LATEST`. */
  readonly versionId: string;
  readonly roleArn: string;
}

export interface FailedConversion extends ConversionError {
  /** With the bytes as they were ingested. */
  readonly record: DeliveryRecord;
  /** The first one counts; nothing is gained by a second. */
  readonly attemptsMade: number;
  readonly attemptEndedAtMs: number;
  /** Of a stream that asks for record metadata, so that a redrive has it, too. */
  readonly identity?: RecordIdentity;
}

/** The `error-output-type` under which these lines are stored. */
export const FORMAT_CONVERSION_FAILED = "format-conversion-failed";

/** How many of a record id's digits, at its end, are the sub-sequence number. */
const SUBSEQUENCE_DIGITS = 6;

/** One JSON object and a newline. */
export function failedConversionLine(failed: FailedConversion, table: CatalogTable): Uint8Array {
  const { data, arrivedAtMs, recordId, origin } = failed.record;
  const { catalogId, databaseName, tableName, region, versionId, roleArn } = table;
  const line = JSON.stringify({
    attemptsMade: failed.attemptsMade,
    arrivalTimestamp: arrivedAtMs,
    lastErrorCode: failed.errorCode,
    lastErrorMessage: failed.errorMessage,
    attemptEndingTimestamp: failed.attemptEndedAtMs,
    rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
    sequenceNumber: origin?.sequenceNumber ?? recordId.slice(0, -SUBSEQUENCE_DIGITS),
    subSequenceNumber: origin?.subSequenceNumber ?? Number(recordId.slice(-SUBSEQUENCE_DIGITS)),
    dataCatalogTable: { catalogId, databaseName, tableName, region, versionId, roleArn },
    recordMetadata: failed.identity,
  });
  return Buffer.from(`${line}\n`);
}
