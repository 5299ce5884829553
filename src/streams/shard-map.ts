/**
 * Which shard takes a record. The open shards of a stream divide the hash keys among themselves without gap or
 * overlap, so the shard of a key is found by where the ranges start.
 */
import { HASH_KEY_COUNT, HASH_KEY_MAX } from "../log/hash-key.ts";
import { parentIndexes } from "./lineage.ts";
import type { HashKeyRange, Shard } from "./stream.ts";

/** Prepared once for many records. */
export interface ShardMap {
  /** The open shards in the order of their ranges. */
  readonly open: readonly Shard[];
}

const maps = new WeakMap<readonly Shard[], ShardMap>();

/** Sorted once for as long as the shards are remembered. */
export function shardMap(shards: readonly Shard[]): ShardMap {
  const known = maps.get(shards);
  if (known) return known;
  const made = { open: openShards(shards) };
  maps.set(shards, made);
  return made;
}

/**
 * In the order of their ranges. A shard whose child is there takes nothing more, also when a reshard under way has
 * not come to note that it is closed.
 */
export function openShards(shards: readonly Shard[]): readonly Shard[] {
  const replaced = new Set(shards.flatMap(parentIndexes));
  return shards
    .filter(({ index, closed }) => closed === undefined && !replaced.has(index))
    .toSorted((a, b) => (a.range.start < b.range.start ? -1 : 1));
}

/** `undefined` only while a reshard is under way and the key's next shard is not open yet. */
export function findOpenShard({ open }: ShardMap, hashKey: bigint): Shard | undefined {
  let low = 0;
  let high = open.length;
  // The last shard that starts at or below the key stands at low - 1.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (open[middle]!.range.start <= hashKey) low = middle + 1;
    else high = middle;
  }
  const shard = open[low - 1];
  return shard !== undefined && hashKey <= shard.range.end ? shard : undefined;
}

export function covers({ range }: Pick<Shard, "range">, hashKey: bigint): boolean {
  return range.start <= hashKey && hashKey <= range.end;
}

/** The last that came to cover the key, open or not. `shards`: all of a stream, in the order of their indexes. */
export function youngestShard(shards: readonly Shard[], hashKey: bigint): Shard | undefined {
  return findOpenShard(shardMap(shards), hashKey) ?? shards.findLast((s) => covers(s, hashKey));
}

/** `count` ranges of one width; what does not divide falls to the last. */
export function uniformRanges(count: number): readonly HashKeyRange[] {
  const width = HASH_KEY_COUNT / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    start: width * BigInt(i),
    end: i === count - 1 ? HASH_KEY_MAX : width * BigInt(i + 1) - 1n,
  }));
}

/** The shards of a new stream. */
export function initialShards(count: number, createdAtMs: number): readonly Shard[] {
  return uniformRanges(count).map((range, index) => ({ index, range, createdAtMs }));
}
