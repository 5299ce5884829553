/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html */
import type { PutRecordOutput } from "@aws-sdk/client-firehose";
import { serviceError } from "../../errors.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { appendRecords } from "./append-records.ts";
import { deliveryStreamName, record } from "./common-shapes.ts";
import { putRecordMetrics } from "./metrics.ts";
import { SLOW_DOWN } from "./refusals.ts";

export const putRecord = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    Record: required(record),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName, Record }, context: DeliveryStreamContext) {
    const result = await appendRecords(DeliveryStreamName, [{ data: Record.Data }], context);
    const isThrottled = result.kind === "throttled";
    const { putQuota: quota } = context;
    const put = { byteCount: Record.Data.length, recordCount: 1, isThrottled, quota };
    context.measure?.(putRecordMetrics(DeliveryStreamName, put));
    if (result.kind === "throttled") throw serviceError("ServiceUnavailableException", SLOW_DOWN);
    const { recordIds, isEncrypted: Encrypted } = result;
    return { RecordId: recordIds[0], Encrypted } satisfies PutRecordOutput;
  },
});
