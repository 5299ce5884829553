/**
 * What SplitShard, MergeShards and UpdateShardCount share: the stream must be provisioned and at rest, the change
 * is planned on its shards as they stand, and is done when the call is answered. One reshard at a time: the one
 * that comes second finds the stream UPDATING.
 */
import { beginReshard, resumeReshard } from "../../streams/reshard.ts";
import { formatShardId, parseShardId } from "../../streams/shard-id.ts";
import type { Reshard } from "../../streams/split-and-merge.ts";
import { isPruneDue } from "../../streams/unfinished.ts";
import type { DataStream, Scaling, Shard } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { enableSweepFor } from "./change-stream.ts";
import { checkShardQuota } from "./shard-quota.ts";
import { addressedName, findStream, requireActive, type StreamAddress } from "./find-stream.ts";
import { invalidArgument, shardNotFound, streamIsOnDemand } from "./refusals.ts";

export interface ReshardPlan {
  /** The stream with what else the change notes on it. */
  readonly stream: DataStream;
  readonly reshard: Reshard;
  readonly scaling?: Scaling;
}

/** A plan that loses this many races in a row has met something that changes the stream all the time. */
const ATTEMPTS_MAX_COUNT = 20;

/** @param plan throws a refusal, or answers `undefined` when there is nothing to do */
export async function reshardStream(
  address: StreamAddress,
  context: DataStreamContext,
  plan: (stream: DataStream, shards: readonly Shard[]) => ReshardPlan | undefined,
  /** How many shards more there will be. */
  growth: (stream: DataStream) => number = () => 0,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX_COUNT; attempt++) {
    const found = await findStream(address, context);
    if (found.mode === "ON_DEMAND") throw streamIsOnDemand(found.name, context.accountId);
    requireActive(found, context);
    await checkShardQuota(context, growth(found));
    const planned = plan(found, await context.dataStreams.shards(found));
    if (planned === undefined) return;
    const begun = await beginReshard(context, planned.stream, planned.reshard, planned.scaling);
    if (begun === undefined) continue;
    if (planned.scaling) await enableSweepFor(planned.scaling.targetShardCount, context);
    // Who makes new shards sees to it that old ones go, should nothing else keep the sweep on.
    if (isPruneDue(found, context.clock.now())) await context.sweepRule.enable();
    try {
      await resumeReshard(context, begun);
    } finally {
      context.dataStreamCache.forget(found.name);
    }
    return;
  }
  throw new Error(`no reshard was begun in ${ATTEMPTS_MAX_COUNT} attempts`);
}

/** The index in a request's shard id. Checked before the stream is looked up, as AWS does. */
export function readShardId(
  shardId: string,
  address: StreamAddress,
  context: DataStreamContext,
): number {
  const index = parseShardId(shardId);
  if (index !== undefined) return index;
  throw shardNotFound(shardId, addressedName(address, context), context.accountId);
}

/** Throws unless the shard is there and open. */
export function openShard(
  shards: readonly Shard[],
  index: number,
  { name }: DataStream,
  { accountId }: DataStreamContext,
): Shard {
  const shard = shards.find((candidate) => candidate.index === index);
  if (shard === undefined) throw shardNotFound(formatShardId(index), name, accountId);
  if (shard.closed === undefined) return shard;
  throw invalidArgument(
    `Shard ${formatShardId(index)} in stream ${name} under account ${accountId} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );
}
