/** A data stream as CreateStream would make it, for tests that put it into a store themselves. */
import type { DataStream } from "../../src/streams/stream.ts";

/** Provisioned, ACTIVE, with a day's retention; its shards are not made. */
export function newDataStream(name: string, shardCount: number, nowMs: number): DataStream {
  return {
    name,
    generation: "5c1f09ab27de4410",
    createdAtMs: nowMs,
    revision: 1,
    mode: "PROVISIONED",
    status: "ACTIVE",
    settledAtMs: nowMs,
    retentionHours: 24,
    nextShardIndex: shardCount,
    maxRecordKiB: 1024,
    tags: {},
    shardLevelMetrics: [],
    scaledAtMs: [],
  };
}
