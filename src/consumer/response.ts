/**
 * What a function's answer means for its batch, where answers are looked at: with `ReportBatchItemFailures` it may name
 * the records that failed, and in a tumbling window it must hold the window's new state.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import { isWithin } from "../json-size.ts";
import { FUNCTION_ANSWER_MAX_DEPTH, WINDOW_STATE_MAX_BYTES } from "../limits.ts";
import type { ConsumerRecord } from "./record.ts";

/** Of a tumbling window, where one is asked for. */
interface WindowState {
  readonly state?: unknown;
  /** The window must end before its time. */
  readonly stateTooLarge?: true;
}

export type BatchResponse =
  | ({ readonly kind: "success" } & WindowState)
  /** All records before that index succeeded; it and those behind it come again. */
  | ({ readonly kind: "partial"; readonly firstFailed: number } & WindowState)
  /** As though the function had thrown. */
  | { readonly kind: "failure"; readonly message: string };

export interface ResponseOptions {
  readonly reportsItemFailures: boolean;
  /** Within a tumbling window. */
  readonly expectsState: boolean;
}

/** @param payload JSON text, or nothing at all */
export function readBatchResponse(
  payload: string,
  records: readonly ConsumerRecord[],
  { reportsItemFailures, expectsState }: ResponseOptions,
): BatchResponse {
  if (!reportsItemFailures && !expectsState) return { kind: "success" };
  const response = parse(payload);
  if (response === undefined)
    return failure("the function's response is no JSON object, or one that is nested too deeply");
  const firstFailed = reportsItemFailures ? readFailures(response, records) : undefined;
  if (typeof firstFailed === "string") return failure(firstFailed);
  const { state } = response;
  if (expectsState && (state === undefined || state === null)) {
    return failure("the function's response holds no state, as it must in a tumbling window");
  }
  const ofWindow = expectsState ? { state, ...(isTooLarge(state) && tooLarge) } : {};
  return firstFailed === undefined
    ? { kind: "success", ...ofWindow }
    : { kind: "partial", firstFailed, ...ofWindow };
}

interface Response {
  readonly batchItemFailures?: unknown;
  readonly state?: unknown;
}

const EMPTY: Response = {};
/** A window's state is printed again, with every batch. */
const BOUNDS = { maxDepth: FUNCTION_ANSWER_MAX_DEPTH, maxValueCount: Number.POSITIVE_INFINITY };
const tooLarge = { stateTooLarge: true } as const;

function failure(message: string): BatchResponse {
  return { kind: "failure", message };
}

/** Nothing, `null`, an empty text and an empty list all say that there is nothing to report. */
function parse(payload: string): Response | undefined {
  if (payload.trim() === "") return EMPTY;
  if (!isWithin(payload, BOUNDS)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return EMPTY;
  return typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

/** The index of the first record that failed, `undefined` if none did, or what is wrong with the list. */
function readFailures(
  { batchItemFailures }: Response,
  records: readonly ConsumerRecord[],
): number | string | undefined {
  if (batchItemFailures === undefined || batchItemFailures === null) return undefined;
  if (!Array.isArray(batchItemFailures)) return "batchItemFailures is not a list";
  // Backwards, for the records of an aggregate share their number, and the first of them stands for it.
  const indexes = new Map(
    records.map((record, i) => [record.sequenceNumber, i] as const).toReversed(),
  );
  let firstFailed: number | undefined;
  for (const item of batchItemFailures as readonly ({ itemIdentifier: string } | null)[]) {
    const index = item === null ? undefined : indexes.get(item.itemIdentifier);
    if (index === undefined)
      return "batchItemFailures holds an itemIdentifier that is not of the batch";
    firstFailed = Math.min(index, firstFailed ?? index);
  }
  return firstFailed;
}

function isTooLarge(state: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(state)) > WINDOW_STATE_MAX_BYTES;
}
