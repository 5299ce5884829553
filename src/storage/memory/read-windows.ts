/** The windows of shards' read limits in memory. Nothing a user runs uses it. */
import type { ShardKey } from "../../log/store.ts";
import type { ReadWindow, ReadWindowStore } from "../../streams/store.ts";

export function memoryReadWindows(): ReadWindowStore {
  const windows = new Map<ShardKey, ReadWindow>();
  return {
    async get(shard) {
      return windows.get(shard);
    },
    async replace(shard, before, after) {
      if (!isSame(windows.get(shard), before)) return "conflict";
      windows.set(shard, after);
      return "replaced";
    },
  };
}

function isSame(a: ReadWindow | undefined, b: ReadWindow | undefined): boolean {
  return a?.second === b?.second && a?.callCount === b?.callCount && a?.byteCount === b?.byteCount;
}
