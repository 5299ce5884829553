/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeLimits.html
 *
 * The counts are those that each stream has noted of itself; the limit of shards is the deployment's,
 * that of on-demand streams AWS's in its largest regions, and not enforced.
 */
import type { DescribeLimitsOutput } from "@aws-sdk/client-kinesis";
import { ACCOUNT_ON_DEMAND_STREAM_LIMIT, ACCOUNT_SHARD_LIMIT } from "../../limits.ts";
import { allDataStreams } from "../../streams/all-streams.ts";
import { openShardCountOf } from "../../streams/stream.ts";
import { operation } from "../../wire/operation.ts";
import type { DataStreamContext } from "../context.ts";

export const describeLimits = operation({
  input: {},
  async handle(_, { dataStreams, shardsMaxCount = ACCOUNT_SHARD_LIMIT }: DataStreamContext) {
    let OpenShardCount = 0;
    let OnDemandStreamCount = 0;
    for await (const streams of allDataStreams(dataStreams)) {
      OpenShardCount += streams.reduce((sum, stream) => sum + openShardCountOf(stream), 0);
      OnDemandStreamCount += streams.filter(({ mode }) => mode === "ON_DEMAND").length;
    }
    return {
      ShardLimit: shardsMaxCount,
      OpenShardCount,
      OnDemandStreamCount,
      OnDemandStreamCountLimit: ACCOUNT_ON_DEMAND_STREAM_LIMIT,
    } satisfies DescribeLimitsOutput;
  },
});
