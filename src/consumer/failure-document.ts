/**
 * What a failure destination is told of a batch that was given up: Lambda's own document, which says where the records
 * are; in a bucket the records stand beside it. An object's name follows from the batch and from when it was given
 * up, so that a report that is made again meets its own object.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import { derivedUuid } from "../derived-uuid.ts";
import { eventRecord, type EventSource } from "./event.ts";
import type { InvocationFacts } from "./ports.ts";
import type { ConsumerRecord } from "./record.ts";

/** What reports are called in a bucket begins with it. */
export const REPORTS_FOLDER = "aws/lambda/";

export type FailureCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

export interface FailedBatch {
  readonly mappingUuid: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly source: EventSource;
  readonly condition: FailureCondition;
  /** How often the function ran; 0 for records that were too old before. */
  readonly invokeCount: number;
  /** Of the last run; absent: there was none. */
  readonly facts?: InvocationFacts;
  /** Lambda's word for how it ended; `null` for a function that returned and named these records as failed. */
  readonly functionError: string | null;
  /** At least one. */
  readonly records: readonly ConsumerRecord[];
  readonly givenUpAtMs: number;
}

/** The text that a queue is sent. */
export function failureDocument(batch: FailedBatch): string {
  return JSON.stringify(describe(batch));
}

/** The key and the text of the object that a bucket is sent. */
export function failureObject(batch: FailedBatch): { readonly key: string; readonly body: string } {
  const { mappingUuid, source, records, givenUpAtMs } = batch;
  const time = new Date(givenUpAtMs).toISOString().slice(0, 19);
  const day = time.slice(0, 10).replaceAll("-", "/");
  const name = `${time.replaceAll(":", ".")}-${batchUuid(batch)}`;
  return {
    key: `${REPORTS_FOLDER}${mappingUuid}/${source.shardId}/${day}/${name}`,
    body: JSON.stringify({
      ...describe(batch),
      payload: { Records: records.map((record) => eventRecord(record, source)) },
    }),
  };
}

function describe(batch: FailedBatch) {
  const { condition, facts, functionError, records, source } = batch;
  const [first, last] = ends(records);
  return {
    requestContext: {
      requestId: facts?.requestId ?? batchUuid(batch),
      functionArn: batch.functionArn,
      condition,
      // Lambda counts one, too, for a batch that was never sent.
      approximateInvokeCount: Math.max(1, batch.invokeCount),
    },
    // Records that grew too old have none, whether they had been tried or not.
    ...(condition === "RetryAttemptsExhausted" &&
      facts !== undefined && {
        responseContext: {
          statusCode: facts.statusCode,
          executedVersion: facts.executedVersion,
          functionError,
        },
      }),
    version: "1.0",
    timestamp: isoTime(batch.givenUpAtMs),
    KinesisBatchInfo: {
      shardId: source.shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: isoTime(first.arrivedAtMs),
      approximateArrivalOfLastRecord: isoTime(last.arrivedAtMs),
      batchSize: records.length,
      streamArn: batch.streamArn,
    },
  };
}

function batchUuid({ mappingUuid, source, records }: FailedBatch): string {
  const places = ends(records).flatMap(({ sequenceNumber, subSequenceNumber = 0 }) => [
    sequenceNumber,
    subSequenceNumber,
  ]);
  return derivedUuid("failure", mappingUuid, source.shardId, ...places);
}

function ends(records: readonly ConsumerRecord[]): readonly [ConsumerRecord, ConsumerRecord] {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a failed batch has records");
  return [first, last];
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
