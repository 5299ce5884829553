/**
 * What a split or a merge makes of a stream's shards, without doing it. Children are created at least a second
 * after their parents: the second leads their sequence numbers, so that a child's first number is above its
 * parents' last.
 */
import type { HashKeyRange, PendingReshard, Shard } from "./stream.ts";

/** Parents to be closed and the shards that come instead, parents before their own children. */
export type Reshard = Pick<PendingReshard, "parentIndexes" | "children">;

export interface ReshardMoment {
  /** The stream's next unused shard index. */
  readonly nextIndex: number;
  readonly nowMs: number;
}

/**
 * Splits an open shard in two at `newStart`. `undefined` unless `start + 1 < newStart < end`: AWS leaves the
 * lower child at least two keys.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
 */
export function splitShard(
  parent: Shard,
  newStart: bigint,
  moment: ReshardMoment,
): Reshard | undefined {
  const { start, end } = parent.range;
  if (newStart <= start + 1n || newStart >= end) return undefined;
  return { parentIndexes: [parent.index], children: splitChildren(parent, newStart, moment) };
}

/** The same without AWS's bound: both halves hold at least one key. */
export function splitChildren(
  parent: Shard,
  newStart: bigint,
  { nextIndex, nowMs }: ReshardMoment,
): readonly [Shard, Shard] {
  const { start, end } = parent.range;
  const child = (index: number, range: HashKeyRange): Shard => ({
    index,
    range,
    createdAtMs: childCreatedAtMs(nowMs, parent),
    parentIndex: parent.index,
  });
  return [
    child(nextIndex, { start, end: newStart - 1n }),
    child(nextIndex + 1, { start: newStart, end }),
  ];
}

/**
 * Merges two open shards. `undefined` unless `upper` starts where `lower` ends: AWS refuses neighbours in the
 * other order, too.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
 */
export function mergeShards(
  lower: Shard,
  upper: Shard,
  moment: ReshardMoment,
): Reshard | undefined {
  if (lower.range.end + 1n !== upper.range.start) return undefined;
  return {
    parentIndexes: [lower.index, upper.index],
    children: [mergedChild(lower, upper, moment)],
  };
}

export function mergedChild(
  lower: Shard,
  upper: Shard,
  { nextIndex, nowMs }: ReshardMoment,
): Shard {
  return {
    index: nextIndex,
    range: { start: lower.range.start, end: upper.range.end },
    createdAtMs: childCreatedAtMs(nowMs, lower, upper),
    parentIndex: lower.index,
    adjacentParentIndex: upper.index,
  };
}

const CHILD_AFTER_MS = 1000;

/** A parent may itself be so young that it counts as created in the future. */
function childCreatedAtMs(nowMs: number, ...parents: readonly Shard[]): number {
  return Math.max(nowMs, ...parents.map(({ createdAtMs }) => createdAtMs)) + CHILD_AFTER_MS;
}
