/**
 * Who came after whom. A shard is in force from the moment its parents were closed until it is closed itself; at
 * any moment exactly one shard in force holds a hash key. The two parents of a merge hand over together, when the
 * later of them was closed. Creation times do not say this: they run ahead to keep sequence numbers in order.
 */
import type { DataStream, Shard } from "./stream.ts";

/** None, one, or the two of a merge. */
export function parentIndexes({ parentIndex, adjacentParentIndex }: Shard): readonly number[] {
  return [parentIndex, adjacentParentIndex].filter((index) => index !== undefined);
}

/** The shards that came out of a shard's split or merge; none while it is open. */
export function childShards(shards: readonly Shard[], parentIndex: number): readonly Shard[] {
  return shards.filter((shard) => parentIndexes(shard).includes(parentIndex));
}

/** The indexes of every shard's children at once, for there may be thousands. */
export function childIndexes(shards: readonly Shard[]): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const shard of shards) {
    for (const parent of parentIndexes(shard)) {
      const known = children.get(parent) ?? [];
      children.set(parent, known);
      known.push(shard.index);
    }
  }
  return children;
}

/** Both inclusive. */
export interface Lifetime {
  /** `-Infinity` for a shard without parents: there was none before it. */
  readonly fromMs: number;
  /** `Infinity` while it is open. */
  readonly untilMs: number;
}

/** Now; a child is not while a parent of it is. */
export function isInForce({ fromMs, untilMs }: Lifetime): boolean {
  return fromMs < Infinity && untilMs === Infinity;
}

/** By shard index. `shards`: all that the stream has, in the order of their indexes. */
export function lifetimes(shards: readonly Shard[]): ReadonlyMap<number, Lifetime> {
  const fromMs = new Map<number, number>();
  const untilMs = new Map<number, number>();
  const byIndex = new Map(shards.map((shard) => [shard.index, shard]));
  for (const shard of shards) {
    // A parent has a lower index than its child, so its own begin is known.
    const parents = parentIndexes(shard).flatMap((index) => byIndex.get(index) ?? []);
    const handedOverMs = Math.max(...parents.map((parent) => closedMs(parent)));
    for (const { index } of parents) untilMs.set(index, handedOverMs);
    fromMs.set(shard.index, parents.length === 0 ? -Infinity : handedOverMs + 1);
  }

  /** Shards that come and go within one step are closed before their parents are, and are in force never. */
  function closedMs({ index, closed }: Shard): number {
    return closed === undefined ? Infinity : Math.max(closed.atMs, fromMs.get(index)! - 1);
  }

  return new Map(
    shards.map((shard) => [
      shard.index,
      { fromMs: fromMs.get(shard.index)!, untilMs: untilMs.get(shard.index) ?? closedMs(shard) },
    ]),
  );
}

/**
 * The shards without what is under way: while a reshard is pending its parents look open and its children are
 * not there, so that whoever lists shards finds every hash key covered once.
 */
export function settledShards(
  { pendingReshard }: Pick<DataStream, "pendingReshard">,
  shards: readonly Shard[],
): readonly Shard[] {
  if (pendingReshard === undefined) return shards;
  const parents = new Set(pendingReshard.parentIndexes);
  const children = new Set(pendingReshard.children.map(({ index }) => index));
  return shards.flatMap((shard) => {
    if (children.has(shard.index)) return [];
    const { closed, ...open } = shard;
    return [closed !== undefined && parents.has(shard.index) ? open : shard];
  });
}

interface View {
  readonly stream: Pick<DataStream, "pendingReshard">;
  readonly shards: readonly Shard[];
}

/**
 * The children of a shard whose end was read. What is remembered may be from before the shard was closed; children
 * count once their reshard is over, and there are none until then.
 */
export async function settledChildren(
  view: View,
  { index }: Pick<Shard, "index">,
  refresh: () => Promise<View | undefined>,
): Promise<readonly Shard[]> {
  const childrenIn = ({ stream, shards }: View) =>
    childShards(settledShards(stream, shards), index);
  const children = childrenIn(view);
  if (children.length > 0) return children;
  const current = await refresh();
  return current ? childrenIn(current) : [];
}
