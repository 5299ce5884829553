/** The shard that a reader means. Whatever is missing, the stream or the shard, AWS says it of the shard. */
import { serviceError, type ServiceError } from "../../errors.ts";
import { retentionMs } from "../../streams/retention.ts";
import { listedShards } from "../../streams/shard-filter.ts";
import { formatShardId, parseShardId } from "../../streams/shard-id.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import type { Shard, StreamView } from "../../streams/stream.ts";
import type { DataStreamContext } from "../context.ts";
import { shardNotFound } from "./refusals.ts";

export interface FoundShard {
  readonly view: StreamView;
  readonly shard: Shard;
}

/** By its id in any of the forms that AWS takes. */
export async function findShard(
  streamName: string,
  idText: string,
  context: DataStreamContext,
): Promise<FoundShard> {
  const index = parseShardId(idText);
  if (index === undefined) throw shardNotFound(idText, streamName, context.accountId);
  return findShardByIndex(streamName, index, context);
}

export async function findShardByIndex(
  streamName: string,
  index: number,
  context: DataStreamContext,
): Promise<FoundShard> {
  const { dataStreamCache, accountId } = context;
  const known = await dataStreamCache.get(streamName);
  const found = shardIn(known, index, context);
  if (found) return found;
  // A child may be younger than what we remember.
  const current = known && shardIn(await dataStreamCache.refresh(streamName), index, context);
  if (current) return current;
  throw shardDoesNotExist(index, streamName, accountId);
}

function shardIn(
  view: StreamView | undefined,
  index: number,
  { clock }: DataStreamContext,
): FoundShard | undefined {
  if (view === undefined) return undefined;
  const nowMs = clock.now();
  const status = shownStatus(view.stream, nowMs);
  if (status === "CREATING" || status === "DELETING") return undefined;
  const shard = view.shards.find((candidate) => candidate.index === index);
  if (shard === undefined) return undefined;
  // A closed shard goes when all that it held has expired.
  const window = { nowMs, retentionMs: retentionMs(view.stream) };
  if (shard.closed && !listedShards(view.shards, window).includes(shard)) return undefined;
  return { view, shard };
}

export function shardDoesNotExist(
  index: number,
  streamName: string,
  accountId: string,
): ServiceError {
  return serviceError(
    "ResourceNotFoundException",
    `Shard ${formatShardId(index)} in stream ${streamName} under account ${accountId} does not exist`,
  );
}
