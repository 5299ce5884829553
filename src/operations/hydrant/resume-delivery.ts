/**
 * Not one of Firehose's: a paused stream delivers again. What has waited for the buffering interval goes at once, all else
 * when it has. On a stream that is not paused it changes nothing, but wakes the readers all the same: whoever is not sure
 * that the first call did calls again.
 */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { resumed, wakeReaders } from "../../delivery/pause.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { HydrantContext, ResumeContext } from "../context.ts";
import { changeDeliveryStream } from "../firehose/change-stream.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";

export const resumeDelivery = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: HydrantContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: HydrantContext) {
    await resumeStream(DeliveryStreamName, context);
    return {};
  },
});

export async function resumeStream(name: string, context: ResumeContext): Promise<void> {
  await changeDeliveryStream({
    name,
    context,
    change: resumed,
    store: (before, after) => resume(context, before, after),
  });
}

async function resume(
  context: ResumeContext,
  before: DeliveryStream,
  after: DeliveryStream,
): Promise<"updated" | "conflict"> {
  if ((await context.deliveryStreams.update(before, after)) === "conflict") return "conflict";
  await wakeReaders(
    { ...context, readers: context.deliveryReaders, queue: context.deliverQueue },
    after,
  );
  return "updated";
}
