/**
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_UntagDeliveryStream.html
 *
 * Keys that the stream has not are passed over.
 */
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { list, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { changeDeliveryStream } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { tagKey } from "./source-shapes.ts";
import { withoutTags } from "./tags.ts";

export const untagDeliveryStream = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    TagKeys: required(list(tagKey, { minLength: 1, maxLength: TAGS_PER_STREAM_MAX_COUNT })),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName, TagKeys }, context: DeliveryStreamContext) {
    await changeDeliveryStream({
      name: DeliveryStreamName,
      context,
      change: (stream) => ({ ...stream, tags: withoutTags(stream.tags, TagKeys) }),
    });
    return {};
  },
});
