/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForResource.html */
import type { ListTagsForResourceOutput } from "@aws-sdk/client-kinesis";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { resourceArn, streamId } from "./common-shapes.ts";
import { tagList } from "./describe.ts";
import { findResource, holdingOf, resourceOf } from "./resource.ts";

export const listTagsForResource = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId },
  resource: resourceOf,
  async handle(address, context: DataStreamContext) {
    const { tags } = holdingOf(await findResource(address, context));
    return { Tags: tagList(tags) } satisfies ListTagsForResourceOutput;
  },
});
