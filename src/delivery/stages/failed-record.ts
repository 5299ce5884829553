/**
 * A record that a stage could not bring through, and its line in the error output.
 *
 * The line follows what the service writes today, not its developer guide: this member order, numbers as
 * numbers, `lambdaARN` in this spelling, and the bytes as they were ingested.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 */
import type { DeliveryRecord, RecordIdentity } from "../record.ts";

export interface FailedRecord {
  readonly record: DeliveryRecord;
  /** E.g. `Lambda.FunctionError`. */
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Invocations made for the record's batch; the first one counts. */
  readonly attemptsMade: number;
  /** When the last of them ended. */
  readonly attemptEndedAtMs: number;
  /** Of a stream that asks for record metadata, so that a redrive has it, too. */
  readonly identity?: RecordIdentity;
  /** Of one that a receiver did not take. */
  readonly details?: Readonly<Record<string, string>>;
}

/** One JSON object and a newline. Without a function its ARN is left out. */
export function failedRecordLine(failed: FailedRecord, lambdaArn?: string): Uint8Array {
  const { data, arrivedAtMs } = failed.record;
  const line = JSON.stringify({
    rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
    errorCode: failed.errorCode,
    errorMessage: failed.errorMessage,
    attemptsMade: failed.attemptsMade,
    arrivalTimestamp: arrivedAtMs,
    attemptEndingTimestamp: failed.attemptEndedAtMs,
    lambdaARN: lambdaArn,
    ...failed.details,
    recordMetadata: failed.identity,
  });
  return Buffer.from(`${line}\n`);
}
