/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_TagResource.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { addTags } from "./change-tags.ts";
import { resourceArn, streamId, tags } from "./common-shapes.ts";
import { resourceOf } from "./resource.ts";

export const tagResource = operation({
  input: { ResourceARN: required(resourceArn), StreamId: streamId, Tags: required(tags) },
  resource: resourceOf,
  async handle({ Tags, ...address }, context: DataStreamContext) {
    await addTags(address, Tags, context);
  },
});
