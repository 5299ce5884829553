/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html */
import { formatShardId } from "../../streams/shard-id.ts";
import { mergeShards as planMerge } from "../../streams/split-and-merge.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId, streamAddress } from "./common-shapes.ts";
import { addressedArn } from "./find-stream.ts";
import { invalidArgument } from "./refusals.ts";
import { openShard, readShardId, reshardStream } from "./reshard-stream.ts";

export const mergeShards = operation({
  input: {
    ...streamAddress,
    ShardToMerge: required(shardId),
    AdjacentShardToMerge: required(shardId),
  },
  resource: addressedArn,
  async handle(request, context: DataStreamContext) {
    const lowerIndex = readShardId(request.ShardToMerge, request, context);
    const upperIndex = readShardId(request.AdjacentShardToMerge, request, context);
    await reshardStream(request, context, (stream, shards) => {
      const lower = openShard(shards, lowerIndex, stream, context);
      const upper = openShard(shards, upperIndex, stream, context);
      const moment = { nextIndex: stream.nextShardIndex, nowMs: context.clock.now() };
      const reshard = planMerge(lower, upper, moment);
      if (reshard !== undefined) return { stream, reshard };
      throw invalidArgument(
        `Shards ${formatShardId(lowerIndex)} and ${formatShardId(upperIndex)} in stream ${stream.name} under account ${context.accountId} are not an adjacent pair of shards eligible for merging`,
      );
    });
  },
});
