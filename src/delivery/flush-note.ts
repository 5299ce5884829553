/** What is noted of a flush once its objects stand, for those who ask later where a record is. */
import { FLUSH_NOTE_OBJECTS_MAX_COUNT } from "../limits.ts";
import type { Flushed } from "./destinations/sink-options.ts";
import type { FlushNote } from "./ports.ts";

export function flushNote({ objects, plan, counts }: Flushed, atMs: number): FlushNote {
  const { span, versionId, target, namesSort, atMs: plannedAtMs, waiting } = plan;
  const { from, to, recordCount, oldestArrivedAtMs } = span;
  return {
    fromBlock: from.blockIndex,
    toBlock: to.blockIndex,
    ...(plannedAtMs !== undefined && { plannedAtMs }),
    ...(waiting && { waitedFrom: waiting.from.blockIndex }),
    atMs,
    ...(oldestArrivedAtMs !== undefined && { oldestArrivedAtMs }),
    recordCount,
    ...(counts && { counts }),
    // Staged objects hold much more.
    objects: objects
      .slice(0, FLUSH_NOTE_OBJECTS_MAX_COUNT)
      .map(({ bucket, key, errorOutputType }) => ({
        bucket,
        key,
        ...(errorOutputType && { errorOutputType }),
      })),
    objectCount: objects.length,
    plan: { span, versionId, ...(target && { target }), ...(namesSort && { namesSort }) },
  };
}
