/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { tags } from "./source-shapes.ts";
import { withTags } from "./tags.ts";

export const tagDeliveryStream = operation({
  input: { DeliveryStreamName: required(deliveryStreamName), Tags: required(tags) },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName, Tags }, context: DeliveryStreamContext) {
    await changeDeliveryStream({
      name: DeliveryStreamName,
      context,
      change: (stream) => ({ ...stream, tags: withTags(stream.tags, Tags) }),
    });
    return {};
  },
});
