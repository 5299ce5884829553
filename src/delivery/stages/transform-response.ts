/**
 * Reads what a transform function returned. A returned body is final: nothing here is retried. Each record of
 * the batch gets exactly one outcome, whatever the function did, in the order of the batch.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
 */
import type { FailedRecord } from "./failed-record.ts";
import { lambdaPartitionKeys, type PartitionKeys } from "../naming/partition.ts";
import type { DeliveryRecord } from "../record.ts";
import {
  DUPLICATED_RECORD_ID,
  MISSING_RECORD_ID,
  PROCESSING_FAILED_STATUS,
  type TransformError,
  UNREADABLE_RESPONSE,
} from "./transform-errors.ts";

export type TransformOutcome =
  | {
      readonly kind: "delivered";
      readonly record: DeliveryRecord;
      readonly data: Uint8Array;
      /** As far as the function named any. */
      readonly partitionKeys?: PartitionKeys;
    }
  | { readonly kind: "dropped"; readonly record: DeliveryRecord }
  | ({ readonly kind: "failed" } & FailedRecord);

/** The invocation that returned the body; it counts all attempts at the batch. */
export interface FinalAttempt {
  readonly attemptsMade: number;
  readonly attemptEndedAtMs: number;
}

export function readTransformResponse(
  batch: readonly DeliveryRecord[],
  payload: string,
  attempt: FinalAttempt,
): TransformOutcome[] {
  const returned = returnedRecords(payload);
  if (returned === undefined) return failAll(batch, UNREADABLE_RESPONSE, attempt);
  const verdicts = verdictsById(returned);
  return batch.map((record) => {
    const verdict = verdicts.get(record.recordId) ?? MISSING_RECORD_ID;
    if (verdict === "dropped") return { kind: "dropped", record };
    if ("data" in verdict) return { kind: "delivered", record, ...verdict };
    return { kind: "failed", record, ...verdict, ...attempt };
  });
}

export function failAll(
  batch: readonly DeliveryRecord[],
  error: TransformError,
  attempt: FinalAttempt,
): TransformOutcome[] {
  return batch.map((record) => ({ kind: "failed", record, ...error, ...attempt }));
}

interface ReturnedRecord {
  readonly recordId?: unknown;
  readonly result?: unknown;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

/** `undefined` when the body is not `{"records": [{…}, …]}`. */
function returnedRecords(payload: string): readonly ReturnedRecord[] | undefined {
  let body: unknown;
  try {
    body = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (!isObject(body)) return undefined;
  const { records } = body as { readonly records?: unknown };
  return Array.isArray(records) && records.every(isObject) ? records : undefined;
}

interface Ok {
  readonly data: Uint8Array;
  readonly partitionKeys?: PartitionKeys;
}

/** Its new data, or that it is to be dropped, or why it failed. */
type Verdict = Ok | "dropped" | TransformError;

/** Ids that were never sent are harmless: nobody asks for them. */
function verdictsById(returned: readonly ReturnedRecord[]): Map<unknown, Verdict> {
  const verdicts = new Map<unknown, Verdict>();
  for (const record of returned) {
    const { recordId } = record;
    verdicts.set(recordId, verdicts.has(recordId) ? DUPLICATED_RECORD_ID : verdictOf(record));
  }
  return verdicts;
}

function verdictOf({ result, data: text, metadata }: ReturnedRecord): Verdict {
  switch (result) {
    case "Ok": {
      const data = typeof text === "string" ? decodeBase64(text) : undefined;
      if (data === undefined) return UNREADABLE_RESPONSE;
      return metadata === undefined
        ? { data }
        : { data, partitionKeys: lambdaPartitionKeys(metadata) };
    }
    case "Dropped":
      return "dropped";
    case "ProcessingFailed":
      return PROCESSING_FAILED_STATUS;
    default:
      return UNREADABLE_RESPONSE;
  }
}

/** Node skips what it cannot read, which would deliver damaged data; so look first. Padding may be left out. */
function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={1,2}$/, "");
  if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) return undefined;
  if (digits.length < text.length && text.length % 4 !== 0) return undefined;
  return Buffer.from(digits, "base64");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
