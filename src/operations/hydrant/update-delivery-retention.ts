/**
 * Not one of Firehose's: how long a Direct PUT stream keeps its records, delivered or not. Longer than Firehose's 24 hours
 * it keeps what no bucket takes for longer, and what GetDeliveryRecords and StartReplay read.
 */
import { extensionOf, isExtending, withRetention } from "../../delivery/retention.ts";
import {
  RETENTION_CHANGE_BUDGET_MS,
  RETENTION_MAX_HOURS,
  RETENTION_MIN_HOURS,
} from "../../limits.ts";
import { extendLogs } from "../../streams/extend-expiry.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext, HydrantContext } from "../context.ts";
import { changeDeliveryStream, findDeliveryStream } from "../firehose/change-stream.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { rightsToReadSource } from "../firehose/kinesis-source.ts";
import { invalidParameter } from "./refusals.ts";

export const updateDeliveryRetention = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    RetentionPeriodHours: required(integer({ min: RETENTION_MIN_HOURS, max: RETENTION_MAX_HOURS })),
  },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  implies: rightsToReadSource,
  async handle(
    { DeliveryStreamName: name, RetentionPeriodHours: hours },
    context: DeliveryStreamContext & Pick<HydrantContext, "blockExpiry" | "bodies">,
  ) {
    const { clock, deliveryStreams } = context;
    await changeDeliveryStream({
      name,
      context,
      change(stream) {
        if (stream.source !== undefined) {
          throw invalidParameter(
            `${name} keeps no records: those of ${stream.source.streamName}, which it reads, live as long as that says`,
          );
        }
        return withRetention(stream, hours, clock.now());
      },
    });
    const stream = await findDeliveryStream(name, context);
    if (!isExtending(stream)) return {};
    // First: whatever becomes of this call, the sweep is there for what it leaves.
    await context.sweepRule.enable();
    const deadlineMs = clock.now() + RETENTION_CHANGE_BUDGET_MS;
    const extension = extensionOf(deliveryStreams, stream, clock.now());
    await extendLogs(context, [extension], deadlineMs, (_, error) => {
      throw error;
    });
    return {};
  },
});
