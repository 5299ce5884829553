/** The stream of a run, and its splits and merges by the operations that a user calls. */
import { ServiceError } from "../../../src/errors.ts";
import { mergeShards } from "../../../src/operations/kinesis/merge-shards.ts";
import { splitShard } from "../../../src/operations/kinesis/split-shard.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import { formatShardId } from "../../../src/streams/shard-id.ts";
import type { DataStream } from "../../../src/streams/stream.ts";
import { InjectedFault } from "../faults.ts";
import { contextOf } from "./ports.ts";
import type { ConsumerWorld } from "./world.ts";

export const STREAM_NAME = "clicks";
const SHARDS_MAX_COUNT = 4;

export async function createStream({ random, scheduler, twins }: ConsumerWorld): Promise<void> {
  const shardCount = 1 + Math.floor(random.fraction() * 2);
  const stream: DataStream = {
    name: STREAM_NAME,
    generation: "5c1f09ab27de4410",
    createdAtMs: scheduler.now(),
    revision: 1,
    mode: "PROVISIONED",
    status: "ACTIVE",
    settledAtMs: scheduler.now(),
    retentionHours: 24,
    nextShardIndex: shardCount,
    maxRecordKiB: 1024,
    tags: {},
    shardLevelMetrics: [],
    scaledAtMs: [],
  };
  await twins.dataStreams.create(stream);
  await twins.dataStreams.addShards(stream, initialShards(shardCount, scheduler.now()));
}

/** As DescribeStream does. */
export async function lookAtStream(world: ConsumerWorld): Promise<void> {
  const process = world.spawn("admin");
  await contextOf(process, world).dataStreamCache.refresh(STREAM_NAME);
  world.end(process);
}

/** Splits an open shard, or merges two, in a process that may die over it. */
export async function reshard(world: ConsumerWorld): Promise<void> {
  const { twins, random, scheduler } = world;
  const stream = (await twins.dataStreams.get(STREAM_NAME))!;
  const open = openShards(await twins.dataStreams.shards(stream));
  const at = Math.floor(random.fraction() * open.length);
  const [one, next] = [open[at], open[at + 1]];
  if (one === undefined) return;
  const isMerge =
    next !== undefined && (open.length >= SHARDS_MAX_COUNT || random.fraction() < 0.5);
  const process = world.spawn("reshard");
  const context = contextOf(process, world);
  scheduler.note(isMerge ? `merge ${one.index} and ${next.index}` : `split ${one.index}`);
  try {
    if (isMerge) {
      await mergeShards.handle(
        {
          StreamName: STREAM_NAME,
          ShardToMerge: formatShardId(one.index),
          AdjacentShardToMerge: formatShardId(next.index),
        },
        context,
      );
    } else {
      const { start, end } = one.range;
      const middle = start + (end - start) / 2n;
      await splitShard.handle(
        {
          StreamName: STREAM_NAME,
          ShardToSplit: formatShardId(one.index),
          NewStartingHashKey: middle.toString(),
        },
        context,
      );
    }
  } catch (error) {
    // Another reshard is under way.
    const isExpected = error instanceof InjectedFault || error instanceof ServiceError;
    if (!isExpected) world.surprise(error);
  } finally {
    world.end(process);
  }
}
