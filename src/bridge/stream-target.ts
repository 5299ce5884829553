/** A data stream as a bridge's target: PutRecords in this process, with all its checks and limits. */
import { ServiceError } from "../errors.ts";
import { PUT_RECORDS_MAX_BYTES, PUT_RECORDS_MAX_COUNT } from "../limits.ts";
import type { DataStreamContext } from "../operations/context.ts";
import {
  checkDataSizes,
  recordInputBytes,
  toPlaceable,
  viewForPut,
  type RecordInput,
} from "../operations/kinesis/put-into.ts";
import { putRecords } from "../operations/kinesis/put-records.ts";
import { callRequest } from "./call-name.ts";
import type { BridgeTarget, PutResult, TargetRecord } from "./target.ts";

const OPERATION = "Kinesis_20131202.PutRecords";
const THROTTLED = "ProvisionedThroughputExceededException";

export function streamTarget(StreamName: string, context: DataStreamContext): BridgeTarget {
  return {
    callMaxCount: PUT_RECORDS_MAX_COUNT,
    callMaxBytes: PUT_RECORDS_MAX_BYTES,
    bytesOf: (record) => recordInputBytes(toInput(record)),
    async refusals(records) {
      const largestBytes = Math.max(...records.map((record) => recordInputBytes(toInput(record))));
      const view = await viewForPut({ StreamName }, largestBytes, context);
      return records.map((record) => {
        const input = toInput(record);
        try {
          checkDataSizes(view, input);
          toPlaceable(view, input, 0, context);
          return undefined;
        } catch (error) {
          if (error instanceof ServiceError) return error.message;
          throw error;
        }
      });
    },
    async put(records, call) {
      const Records = records.map(toInput);
      const puts = Records.map(({ Data: data, PartitionKey: partitionKey }) => ({
        data,
        partitionKey,
      }));
      const producerRequest = callRequest(OPERATION, call, puts);
      const answer = await putRecords.handle(
        { StreamName, Records },
        { ...context, producerRequest },
      );
      return answer.Records.map(({ ErrorCode }): PutResult => {
        if (ErrorCode === undefined) return "stored";
        return ErrorCode === THROTTLED ? "busy" : "unknown";
      });
    },
  };
}

function toInput({ data, partitionKey }: TargetRecord): RecordInput {
  return { Data: data, PartitionKey: partitionKey() };
}
