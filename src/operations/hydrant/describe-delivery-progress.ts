/** Not one of Firehose's: what waits of a delivery stream, what stood last, and what keeps the rest. */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryProgressContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { wireDeliveries } from "./delivery-progress.ts";

export const describeDeliveryProgress = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: DeliveryProgressContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryProgressContext) {
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    return { Deliveries: await wireDeliveries(context, stream) };
  },
});
