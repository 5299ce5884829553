/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListTagsForDeliveryStream.html */
import type { ListTagsForDeliveryStreamOutput } from "@aws-sdk/client-firehose";
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer, required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryStreamContext } from "../context.ts";
import { findDeliveryStream } from "./change-stream.ts";
import { deliveryStreamName } from "./common-shapes.ts";
import { tagKey } from "./source-shapes.ts";
import { tagList } from "./tags.ts";

export const listTagsForDeliveryStream = operation({
  input: {
    DeliveryStreamName: required(deliveryStreamName),
    ExclusiveStartTagKey: tagKey,
    Limit: integer({ min: 1, max: TAGS_PER_STREAM_MAX_COUNT }),
  },
  resource: ({ DeliveryStreamName }, context: DeliveryStreamContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle(
    { DeliveryStreamName, ExclusiveStartTagKey: after = "", Limit = TAGS_PER_STREAM_MAX_COUNT },
    context: DeliveryStreamContext,
  ) {
    const { tags } = await findDeliveryStream(DeliveryStreamName, context);
    const following = tagList(tags).filter(({ Key = "" }) => Key > after);
    return {
      Tags: following.slice(0, Limit),
      HasMoreTags: following.length > Limit,
    } satisfies ListTagsForDeliveryStreamOutput;
  },
});
