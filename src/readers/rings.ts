/** From the log table's stream to doorbells: one per shard, however many blocks a batch brings. */
import type { ShardKey } from "../log/store.ts";

export interface Ring {
  readonly shard: ShardKey;
  /** When the oldest of what rang arrived. */
  readonly openedAtMs: number;
}

/** One ring per shard, the earliest time of each. */
export function groupRings(rings: Iterable<Ring>): readonly Ring[] {
  const earliest = new Map<ShardKey, number>();
  for (const { shard, openedAtMs } of rings) {
    earliest.set(shard, Math.min(openedAtMs, earliest.get(shard) ?? openedAtMs));
  }
  return [...earliest].map(([shard, openedAtMs]) => ({ shard, openedAtMs }));
}
