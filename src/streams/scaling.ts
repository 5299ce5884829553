/**
 * UpdateShardCount: from the shards that are open to as many of one width. The ranges fall into groups, the
 * shortest runs whose old and new bounds meet, and every group is one step: its old shards are closed, and when
 * the step is done its new ones stand instead. Between the two lies AWS's lineage of splits and merges, at most
 * two parents a shard:
 *
 *   3 → 2    ├── 0 ──┼── 1 ──┼── 2 ──┤
 *            │       ├ 3 ┼ 4 ┤       │    split at every new bound
 *            ├──── 5 ────┼──── 6 ────┤    merge what lies between two
 *
 * Shards that come and go within a step are closed when they are created and hold nothing, so that no record is
 * ever put into them.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
 */
import { childIndexes } from "./lineage.ts";
import { HASH_KEY_COUNT } from "../log/hash-key.ts";
import { uniformRanges } from "./shard-map.ts";
import { mergedChild, type Reshard, type ReshardMoment, splitChildren } from "./split-and-merge.ts";
import type { HashKeyRange, Shard } from "./stream.ts";

export interface ScalingOptions extends ReshardMoment {
  readonly targetShardCount: number;
  /**
   * The first index that this call of UpdateShardCount used, when it has done some of its steps already: what is
   * in place stays. Absent at its begin, when every open shard is replaced.
   */
  readonly firstNewIndex?: number;
}

/**
 * The steps, in the order of the hash keys; each may be done alone, and the hash keys are covered after each.
 * `open` must be in the order of its ranges, as `openShards` answers it.
 */
export function scalingSteps(
  open: readonly Shard[],
  { targetShardCount, nextIndex, nowMs, firstNewIndex = nextIndex }: ScalingOptions,
): readonly Reshard[] {
  const steps: Reshard[] = [];
  let index = nextIndex;
  for (const group of groups(open, targetRanges(open, targetShardCount))) {
    if (inPlace(group) && group.old[0]!.index >= firstNewIndex) continue;
    const children = rebuild(group, { nextIndex: index, nowMs });
    steps.push({ parentIndexes: group.old.map((shard) => shard.index), children });
    index += children.length;
  }
  return steps;
}

/** How far a bound may be from its place: a width that does not divide leaves bounds a few keys apart. */
const SLACK_KEYS = 2n ** 32n;

/** Ranges of one width. A bound that is there already stays where it is, if it is as good as in its place. */
function targetRanges(open: readonly Shard[], count: number): readonly HashKeyRange[] {
  let at = 0;
  const starts = uniformRanges(count).map(({ start }) => {
    while (at < open.length && open[at]!.range.start < start - SLACK_KEYS) at++;
    const standing = open[at]?.range.start;
    return standing !== undefined && standing <= start + SLACK_KEYS ? standing : start;
  });
  return starts.map((start, i) => ({ start, end: (starts[i + 1] ?? HASH_KEY_COUNT) - 1n }));
}

interface Group {
  readonly old: readonly Shard[];
  readonly ranges: readonly HashKeyRange[];
}

function groups(open: readonly Shard[], ranges: readonly HashKeyRange[]): Group[] {
  const found: Group[] = [];
  let from = 0;
  let old: Shard[] = [];
  let at = 0;
  for (const shard of open) {
    old.push(shard);
    while (at < ranges.length - 1 && ranges[at]!.end < shard.range.end) at++;
    if (ranges[at]!.end !== shard.range.end) continue;
    at++;
    found.push({ old, ranges: ranges.slice(from, at) });
    from = at;
    old = [];
  }
  return found;
}

/** One old shard has the one new range already; to replace it takes a split and a merge. */
function inPlace({ old, ranges }: Group): boolean {
  return old.length === 1 && ranges.length === 1;
}

function rebuild(group: Group, { nextIndex, nowMs }: ReshardMoment): readonly Shard[] {
  // A child is a second younger than its parents. So that several levels do not put the last into the future,
  // the first begins as far in the past.
  const trial = lineage(group, { nextIndex, nowMs }).created;
  const lastLevelMs = trial.reduce((ms, { createdAtMs }) => Math.max(ms, createdAtMs), nowMs);
  const { created, spent } = lineage(group, { nextIndex, nowMs: 2 * nowMs - lastLevelMs });
  const children = childIndexes(created);
  return created.map((shard) => {
    if (!spent.has(shard.index)) return shard;
    const closed = { atMs: nowMs, finalBlockIndex: 0, childIndexes: children.get(shard.index)! };
    return { ...shard, closed };
  });
}

interface Lineage {
  readonly created: readonly Shard[];
  /** Indexes of those that are a parent of another. */
  readonly spent: ReadonlySet<number>;
}

function lineage(group: Group, { nextIndex, nowMs }: ReshardMoment): Lineage {
  const created: Shard[] = [];
  const spent = new Set<number>();
  const moment = () => ({ nextIndex: nextIndex + created.length, nowMs });

  /** Halves of halves, so that the levels stay few. */
  function split(shard: Shard, cuts: readonly bigint[]): readonly Shard[] {
    if (cuts.length === 0) return [shard];
    const middle = cuts.length >> 1;
    const [lower, upper] = splitChildren(shard, cuts[middle]!, moment());
    created.push(lower, upper);
    spent.add(shard.index);
    return [...split(lower, cuts.slice(0, middle)), ...split(upper, cuts.slice(middle + 1))];
  }

  function merge(shards: readonly Shard[]): void {
    if (shards.length === 1) return;
    const merged: Shard[] = [];
    for (let i = 0; i < shards.length; i += 2) {
      const [lower, upper] = [shards[i]!, shards[i + 1]];
      if (upper === undefined) {
        merged.push(lower);
        continue;
      }
      const child = mergedChild(lower, upper, moment());
      created.push(child);
      merged.push(child);
      spent.add(lower.index).add(upper.index);
    }
    merge(merged);
  }

  const cuts = cutsOf(group);
  const pieces = group.old.flatMap((shard, i) => split(shard, cuts[i]!));
  let at = 0;
  for (const { end } of group.ranges) {
    const from = at;
    while (at < pieces.length && pieces[at]!.range.end <= end) at++;
    merge(pieces.slice(from, at));
  }
  return { created, spent };
}

/** For each old shard, where new ranges start inside it. */
function cutsOf(group: Group): readonly (readonly bigint[])[] {
  if (inPlace(group)) return [[middleOf(group.old[0]!)]];
  const starts = group.ranges.map(({ start }) => start);
  let at = 0;
  return group.old.map(({ range }) => {
    while (at < starts.length && starts[at]! <= range.start) at++;
    const from = at;
    while (at < starts.length && starts[at]! <= range.end) at++;
    return starts.slice(from, at);
  });
}

function middleOf({ range: { start, end } }: Shard): bigint {
  return start + (end - start + 1n) / 2n;
}
