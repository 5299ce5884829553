/**
 * Not one of Firehose's: the stream takes records and delivers none until it is resumed. What waits for longer than the
 * stream's retention is lost, as when a bucket refuses everything; DescribeDelivery warns of it.
 */
import { paused } from "../../delivery/pause.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext, HydrantContext } from "../context.ts";
import { changeDeliveryStream } from "../firehose/change-stream.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";

export const pauseDelivery = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: HydrantContext) {
    await pauseStream(DeliveryStreamName, context);
    return {};
  },
});

export async function pauseStream(name: string, context: DeliveryStreamContext): Promise<void> {
  await changeDeliveryStream({
    name,
    context,
    change: (stream) => paused(stream, context.clock.now()),
  });
}
