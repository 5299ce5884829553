/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html */
import type { DescribeStreamOutput } from "@aws-sdk/client-kinesis";
import { DESCRIBE_STREAM_MAX_COUNT } from "../../limits.ts";
import { operation } from "../../wire/operation.ts";
import { integer } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId, streamAddress } from "./common-shapes.ts";
import { exclusiveStartIndex, shardsToList, streamDescription, wireShard } from "./describe.ts";
import { addressedArn, findStream } from "./find-stream.ts";

export const describeStream = operation({
  input: {
    ...streamAddress,
    Limit: integer({ min: 1, max: 10_000 }),
    ExclusiveStartShardId: shardId,
  },
  resource: addressedArn,
  async handle(
    { Limit = DESCRIBE_STREAM_MAX_COUNT, ExclusiveStartShardId, ...address },
    context: DataStreamContext,
  ) {
    const stream = await findStream(address, context);
    const after = exclusiveStartIndex(ExclusiveStartShardId, stream, context);
    const shards = (await shardsToList(stream, context)).filter(({ index }) => index > after);
    const count = Math.min(Limit, DESCRIBE_STREAM_MAX_COUNT);
    return {
      StreamDescription: {
        ...streamDescription(stream, context),
        Shards: shards.slice(0, count).map(wireShard),
        HasMoreShards: shards.length > count,
      },
    } satisfies DescribeStreamOutput;
  },
});
