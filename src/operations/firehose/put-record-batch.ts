/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 *
 * A batch is appended as a whole, so it also fails as a whole; throttling is then told in every entry of a
 * successful answer, where Firehose's clients look for it.
 */
import type { PutRecordBatchOutput } from "@aws-sdk/client-firehose";
import { PUT_RECORD_BATCH_MAX_BYTES, PUT_RECORD_BATCH_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { list, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { appendRecords } from "./append-records.ts";
import { deliveryStreamName, record } from "./common-shapes.ts";
import { putRecordBatchMetrics } from "./metrics.ts";
import { invalidArgument, SLOW_DOWN } from "./refusals.ts";

const THROTTLED = { ErrorCode: "ServiceUnavailableException", ErrorMessage: SLOW_DOWN };

export const putRecordBatch = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    Records: required(list(record, { minLength: 1, maxLength: PUT_RECORD_BATCH_MAX_COUNT })),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName, Records }, context: DeliveryStreamContext) {
    const byteCount = Records.reduce((sum, { Data }) => sum + Data.length, 0);
    if (byteCount > PUT_RECORD_BATCH_MAX_BYTES) {
      throw invalidArgument("Records size exceeds 4 MB limit");
    }
    const records = Records.map(({ Data }) => ({ data: Data }));
    const result = await appendRecords(DeliveryStreamName, records, context);
    const isThrottled = result.kind === "throttled";
    const { putQuota: quota } = context;
    const put = { byteCount, recordCount: records.length, isThrottled, quota };
    context.measure?.(putRecordBatchMetrics(DeliveryStreamName, put));
    const FailedPutCount = result.kind === "throttled" ? records.length : 0;
    const RequestResponses =
      result.kind === "throttled"
        ? records.map(() => THROTTLED)
        : result.recordIds.map((RecordId) => ({ RecordId }));
    const Encrypted = result.kind === "appended" && result.isEncrypted;
    return { FailedPutCount, Encrypted, RequestResponses } satisfies PutRecordBatchOutput;
  },
});
