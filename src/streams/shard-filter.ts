/**
 * Which shards are listed: those that may still hold records, and of these what a ShardFilter asks for. A shard
 * expires when all that it could hold has outlived the retention period.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html
 */
import { isInForce, lifetimes } from "./lineage.ts";
import type { Shard } from "./stream.ts";

/** Plain JSON: it is remembered in tokens. */
export type ShardFilter =
  | { readonly type: "AT_TRIM_HORIZON" | "FROM_TRIM_HORIZON" | "AT_LATEST" }
  | { readonly type: "AT_TIMESTAMP" | "FROM_TIMESTAMP"; readonly timestampMs: number }
  /** AWS's ShardId is exclusive. */
  | { readonly type: "AFTER_SHARD_ID"; readonly shardIndex: number };

export interface RetentionWindow {
  readonly nowMs: number;
  readonly retentionMs: number;
}

/**
 * In the order of their ids. `shards`: all that the stream has, in that order. FROM_TRIM_HORIZON is what AWS
 * lists when it is given no filter.
 */
export function listedShards(
  shards: readonly Shard[],
  { nowMs, retentionMs }: RetentionWindow,
  filter: ShardFilter = { type: "FROM_TRIM_HORIZON" },
): readonly Shard[] {
  const horizonMs = nowMs - retentionMs;
  const lives = lifetimes(shards);
  const inForceAt = (ms: number) => (shard: Shard) => {
    const { fromMs, untilMs } = lives.get(shard.index)!;
    return fromMs <= ms && ms <= untilMs;
  };
  const inForceSince = (ms: number) => (shard: Shard) => ms <= lives.get(shard.index)!.untilMs;

  switch (filter.type) {
    case "FROM_TRIM_HORIZON":
      return shards.filter(inForceSince(horizonMs));
    case "AFTER_SHARD_ID":
      return shards
        .filter(inForceSince(horizonMs))
        .filter(({ index }) => index > filter.shardIndex);
    case "FROM_TIMESTAMP":
      return shards.filter(inForceSince(Math.max(horizonMs, filter.timestampMs)));
    case "AT_TRIM_HORIZON":
      return shards.filter(inForceAt(horizonMs));
    case "AT_TIMESTAMP":
      return shards.filter(inForceAt(Math.max(horizonMs, filter.timestampMs)));
    case "AT_LATEST":
      return shards.filter(({ index }) => isInForce(lives.get(index)!));
  }
}
