/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AddTagsToStream.html */
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { addTags } from "./change-tags.ts";
import { streamAddress, tags } from "./common-shapes.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { addressedArn, addressedName } from "./find-stream.ts";

export const addTagsToStream = operation({
  input: { ...streamAddress, Tags: required(tags) },
  resource: addressedArn,
  async handle({ Tags, ...address }, context: DataStreamContext) {
    const ResourceARN = dataStreamArn(context, addressedName(address, context));
    await addTags({ ResourceARN }, Tags, context);
  },
});
