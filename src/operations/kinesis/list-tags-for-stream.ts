/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html */
import type { ListTagsForStreamOutput } from "@aws-sdk/client-kinesis";
import { TAGS_PER_STREAM_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { streamAddress, tagKey } from "./common-shapes.ts";
import { tagList } from "./describe.ts";
import { addressedArn, findStream } from "./find-stream.ts";

export const listTagsForStream = operation({
  input: {
    ...streamAddress,
    ExclusiveStartTagKey: tagKey,
    Limit: integer({ min: 1, max: TAGS_PER_STREAM_MAX_COUNT }),
  },
  resource: addressedArn,
  async handle(
    { ExclusiveStartTagKey: after = "", Limit = TAGS_PER_STREAM_MAX_COUNT, ...address },
    context: DataStreamContext,
  ) {
    const stream = await findStream(address, context);
    const tags = tagList(stream.tags).filter(({ Key }) => Key > after);
    return {
      Tags: tags.slice(0, Limit),
      HasMoreTags: tags.length > Limit,
    } satisfies ListTagsForStreamOutput;
  },
});
