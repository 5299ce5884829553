/** Streams and shards as AWS shows them. `StreamId` is never among it: clients would leave a custom endpoint for it. */
import type { Shard as WireShard } from "@aws-sdk/client-kinesis";
import { settledShards } from "../../streams/lineage.ts";
import { shownStatus } from "../../streams/lifecycle.ts";
import { trimHorizonMs } from "../../streams/retention.ts";
import { listedShards, type ShardFilter } from "../../streams/shard-filter.ts";
import { formatShardId, parseShardId } from "../../streams/shard-id.ts";
import { endingSequenceNumber, startingSequenceNumber } from "../../streams/shard-sequence.ts";
import type { DataStream, Shard } from "../../streams/stream.ts";
import { dataStreamArn } from "../arn.ts";
import type { DataStreamContext } from "../context.ts";
import { shardNotFound } from "./refusals.ts";

/** In the list of streams. */
export function streamSummary(stream: DataStream, context: DataStreamContext) {
  return {
    StreamName: stream.name,
    StreamARN: dataStreamArn(context, stream.name),
    StreamStatus: shownStatus(stream, context.clock.now()),
    StreamModeDetails: { StreamMode: stream.mode },
    StreamCreationTimestamp: new Date(stream.createdAtMs),
  };
}

/** What both operations that describe a stream show. */
export function streamDescription(stream: DataStream, context: DataStreamContext) {
  const { encryptionKeyId } = stream;
  return {
    ...streamSummary(stream, context),
    RetentionPeriodHours: stream.retentionHours,
    // One element even when nothing is switched on: clients look into the first.
    EnhancedMonitoring: [{ ShardLevelMetrics: shardLevelMetrics(stream) }],
    ...(encryptionKeyId === undefined
      ? { EncryptionType: "NONE" as const }
      : { EncryptionType: "KMS" as const, KeyId: encryptionKeyId }),
  };
}

export const SHARD_LEVEL_METRICS = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
] as const;

export type ShardLevelMetric = (typeof SHARD_LEVEL_METRICS)[number];

/** In one order, whatever order they were switched on in. */
export function shardLevelMetrics(stream: DataStream): ShardLevelMetric[] {
  return SHARD_LEVEL_METRICS.filter((name) => stream.shardLevelMetrics.includes(name));
}

/** In the order of their keys' bytes. */
export function tagList(tags: DataStream["tags"]) {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** The shards to be listed, in the order of their ids; none while the stream shows as CREATING. */
export async function shardsToList(
  stream: DataStream,
  context: DataStreamContext,
  filter?: ShardFilter,
): Promise<readonly Shard[]> {
  const nowMs = context.clock.now();
  if (shownStatus(stream, nowMs) === "CREATING") return [];
  const shards = settledShards(stream, await context.dataStreams.shards(stream));
  const horizon = { nowMs, retentionMs: nowMs - trimHorizonMs(stream, nowMs) };
  return listedShards(shards, horizon, filter);
}

/** What `ExclusiveStartShardId` says; -1 when it is absent. */
export function exclusiveStartIndex(
  shardId: string | undefined,
  stream: DataStream,
  { accountId }: DataStreamContext,
): number {
  if (shardId === undefined) return -1;
  const index = parseShardId(shardId);
  if (index === undefined) throw shardNotFound(shardId, stream.name, accountId);
  return index;
}

export function wireShard(shard: Shard): WireShard {
  const { parentIndex, adjacentParentIndex, range } = shard;
  const ending = endingSequenceNumber(shard);
  return {
    ShardId: formatShardId(shard.index),
    ...(parentIndex !== undefined && { ParentShardId: formatShardId(parentIndex) }),
    ...(adjacentParentIndex !== undefined && {
      AdjacentParentShardId: formatShardId(adjacentParentIndex),
    }),
    HashKeyRange: { StartingHashKey: String(range.start), EndingHashKey: String(range.end) },
    SequenceNumberRange: {
      StartingSequenceNumber: startingSequenceNumber(shard),
      ...(ending !== undefined && { EndingSequenceNumber: ending }),
    },
  };
}
