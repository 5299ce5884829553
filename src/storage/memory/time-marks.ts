/** Time marks in memory. Nothing a user runs uses it. */
import type { ShardKey, TimeMark, TimeMarks } from "../../log/store.ts";

export function memoryTimeMarks(): TimeMarks {
  const shards = new Map<ShardKey, Map<number, TimeMark>>();
  const inOrder = (shard: ShardKey) =>
    [...(shards.get(shard)?.values() ?? [])].toSorted((a, b) => a.atMs - b.atMs);

  return {
    async leaveMark(shard, mark) {
      const marks = shards.get(shard) ?? new Map<number, TimeMark>();
      shards.set(shard, marks.set(mark.atMs, mark));
    },
    async lastMark(shard, timeMs) {
      return inOrder(shard).findLast(({ atMs }) => atMs <= timeMs);
    },
    async nextMark(shard, timeMs) {
      return inOrder(shard).find(({ atMs }) => atMs >= timeMs);
    },
  };
}
