/** What EnableEnhancedMonitoring and DisableEnhancedMonitoring share. */
import type { EnhancedMonitoringOutput } from "@aws-sdk/client-kinesis";
import type { DataStream } from "../../streams/stream.ts";
import { list, required, string } from "../../wire/shape.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { changeStream } from "./change-stream.ts";
import { streamAddress } from "./common-shapes.ts";
import { SHARD_LEVEL_METRICS, shardLevelMetrics } from "./describe.ts";
import { requireActive, type StreamAddress } from "./find-stream.ts";

type Name = (typeof SHARD_LEVEL_METRICS)[number] | "ALL";

export const monitoringInput = {
  ...streamAddress,
  ShardLevelMetrics: required(
    list(string({ enum: [...SHARD_LEVEL_METRICS, "ALL"] }), { minLength: 1, maxLength: 7 }),
  ),
};

/** `change` says what is switched on afterwards, given what was and what the request names. */
export async function changeMonitoring(
  address: StreamAddress,
  given: readonly Name[],
  context: DataStreamContext,
  change: (standing: readonly string[], named: readonly string[]) => readonly string[],
): Promise<EnhancedMonitoringOutput> {
  const named = given.includes("ALL") ? SHARD_LEVEL_METRICS : given;
  const { before, after } = await changeStream(address, context, (stream: DataStream) => {
    requireActive(stream, context);
    return { ...stream, shardLevelMetrics: change(stream.shardLevelMetrics, named) };
  });
  return {
    StreamName: after.name,
    CurrentShardLevelMetrics: shardLevelMetrics(before),
    DesiredShardLevelMetrics: shardLevelMetrics(after),
    StreamARN: dataStreamArn(context, after.name),
  };
}
