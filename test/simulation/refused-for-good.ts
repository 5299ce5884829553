/** A deliberate bug of both worlds: overload that does not end. */
import type { LogStore, ShardKey } from "../../src/log/store.ts";

/** A process that was told that a shard is busy never asks it again. */
export function refusedForGood(log: LogStore): LogStore {
  const busy = new Set<ShardKey>();
  return {
    ...log,
    async reserve(shard, append) {
      if (busy.has(shard)) return { kind: "throttled" };
      const reserved = await log.reserve(shard, append);
      if (reserved.kind === "throttled") busy.add(shard);
      return reserved;
    },
  };
}
