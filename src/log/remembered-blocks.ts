/**
 * The small blocks that a process has read lately. What stands in a place of the log stands there for good, so it need
 * not be asked for again: a thousand consumers of one shard read the same blocks, which lie under one partition key of
 * 3,000 read units a second. What is missing is always asked for.
 */
import {
  INLINE_BODY_MAX_BYTES,
  REMEMBERED_BLOCKS_MAX_BYTES,
  REMEMBERED_BLOCKS_MAX_COUNT,
} from "../limits.ts";
import type { LogEntry, LogStore, ShardKey } from "./store.ts";

/** The log with what was read from here; to be kept for as long as the process lives. */
export function rememberBlocks(log: LogStore): LogStore {
  const known = new Map<string, LogEntry>();
  let byteCount = 0;
  const keyOf = (shard: ShardKey, index: number) => `${shard} ${index}`;

  function remember(entry: LogEntry): void {
    const key = keyOf(entry.shard, entry.index);
    if (known.has(key) || bytesOf(entry) > INLINE_BODY_MAX_BYTES) return;
    known.set(key, entry);
    byteCount += bytesOf(entry);
    for (const [oldestKey, oldest] of known) {
      const isEnough =
        known.size <= REMEMBERED_BLOCKS_MAX_COUNT && byteCount <= REMEMBERED_BLOCKS_MAX_BYTES;
      if (isEnough) return;
      known.delete(oldestKey);
      byteCount -= bytesOf(oldest);
    }
  }

  return {
    ...log,
    async *read({ shard, from, to }) {
      let next = from;
      for (; next < to; next++) {
        const entry = known.get(keyOf(shard, next));
        if (entry === undefined) break;
        yield entry;
      }
      if (next >= to) return;
      for await (const entry of log.read({ shard, from: next, to })) {
        remember(entry);
        yield entry;
      }
    },
  };
}

/** What it takes of memory beside the same for each; large bodies lie elsewhere, and may be moved. */
function bytesOf(entry: LogEntry): number {
  if (entry.kind === "tombstone") return 0;
  return entry.body.kind === "inline" ? entry.body.bytes.length : Infinity;
}
