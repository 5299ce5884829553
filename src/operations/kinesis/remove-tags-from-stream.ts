/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RemoveTagsFromStream.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { removeTags } from "./change-tags.ts";
import { streamAddress, tagKeys } from "./common-shapes.ts";
import { addressedArn, addressedName } from "./find-stream.ts";

export const removeTagsFromStream = operation({
  input: { ...streamAddress, TagKeys: required(tagKeys) },
  resource: addressedArn,
  async handle({ TagKeys, ...address }, context: DataStreamContext) {
    const ResourceARN = dataStreamArn(context, addressedName(address, context));
    await removeTags({ ResourceARN }, TagKeys, context);
  },
});
