/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UntagResource.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { removeTags } from "./change-tags.ts";
import { resourceArn, streamId, tagKeys } from "./common-shapes.ts";
import { resourceOf } from "./resource.ts";

export const untagResource = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId, TagKeys: required(tagKeys) },
  resource: resourceOf,
  async handle({ TagKeys, ...address }, context: DataStreamContext) {
    await removeTags(address, TagKeys, context);
  },
});
