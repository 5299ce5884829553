/** A delivery stream as a bridge's target: PutRecordBatch in this process, with all its checks and limits. */
import {
  FIREHOSE_RECORD_MAX_BYTES,
  PUT_RECORD_BATCH_MAX_BYTES,
  PUT_RECORD_BATCH_MAX_COUNT,
} from "../limits.ts";
import type { DeliveryStreamContext } from "../operations/context.ts";
import { putRecordBatch } from "../operations/firehose/put-record-batch.ts";
import { callRequest } from "./call-name.ts";
import type { BridgeTarget, PutResult } from "./target.ts";

const OPERATION = "Firehose_20150804.PutRecordBatch";

export function deliveryTarget(
  DeliveryStreamName: string,
  context: DeliveryStreamContext,
): BridgeTarget {
  return {
    callMaxCount: PUT_RECORD_BATCH_MAX_COUNT,
    callMaxBytes: PUT_RECORD_BATCH_MAX_BYTES,
    bytesOf: ({ data }) => data.length,
    refusals: (records) => Promise.resolve(records.map(({ data }) => tooLarge(data.length))),
    async put(records, call) {
      const Records = records.map(({ data }) => ({ Data: data }));
      const producerRequest = callRequest(
        OPERATION,
        call,
        records.map(({ data }) => ({ data })),
      );
      const { RequestResponses } = await putRecordBatch.handle(
        { DeliveryStreamName, Records },
        { ...context, producerRequest },
      );
      return RequestResponses.map((entry): PutResult => ("RecordId" in entry ? "stored" : "busy"));
    },
  };
}

function tooLarge(byteCount: number): string | undefined {
  return byteCount <= FIREHOSE_RECORD_MAX_BYTES
    ? undefined
    : `A record of a delivery stream must be at most ${FIREHOSE_RECORD_MAX_BYTES} bytes, got ${byteCount}.`;
}
