/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html */
import { formatShardId } from "../../streams/shard-id.ts";
import { splitShard as planSplit } from "../../streams/split-and-merge.ts";
import type { DataStream, Shard } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import type { DataStreamContext } from "../context.ts";
import { shardId, streamAddress } from "./common-shapes.ts";
import { addressedArn } from "./find-stream.ts";
import { invalidArgument } from "./refusals.ts";
import { hashKey } from "./record-shapes.ts";
import { openShard, readShardId, reshardStream } from "./reshard-stream.ts";

export const splitShard = operation({
  input: {
    ...streamAddress,
    ShardToSplit: required(shardId),
    NewStartingHashKey: required(hashKey),
  },
  resource: addressedArn,
  async handle(request, context: DataStreamContext) {
    const index = readShardId(request.ShardToSplit, request, context);
    const { NewStartingHashKey } = request;
    const plan = (stream: DataStream, shards: readonly Shard[]) => {
      const shard = openShard(shards, index, stream, context);
      const moment = { nextIndex: stream.nextShardIndex, nowMs: context.clock.now() };
      const reshard = planSplit(shard, BigInt(NewStartingHashKey), moment);
      if (reshard !== undefined) return { stream, reshard };
      const { start, end } = shard.range;
      throw invalidArgument(
        `NewStartingHashKey ${NewStartingHashKey} used in SplitShard() on shard ${formatShardId(index)} in stream ${stream.name} under account ${context.accountId} is not both greater than one plus the shard's StartingHashKey ${start} and less than the shard's EndingHashKey ${end}.`,
      );
    };
    await reshardStream(request, context, plan, () => 1);
  },
});
