/** Which records of a call go where, and how many of them a shard's limit lets through. */
import { type LogRecord, recordBytes } from "../log/record.ts";
import type { ShardRoom } from "../log/store.ts";
import { findOpenShard, type ShardMap } from "./shard-map.ts";
import type { Shard } from "./stream.ts";

/** A record to be put. */
export interface Placeable {
  /** Its position in the call. */
  readonly at: number;
  readonly record: LogRecord;
  readonly hashKey: bigint;
}

/** Records of one call for one shard, in the order of the call. */
export interface ShardGroup {
  readonly shard: Shard;
  readonly records: readonly Placeable[];
}

export interface Grouping {
  readonly groups: readonly ShardGroup[];
  /** Their shard was closed and its child is not open yet. */
  readonly homeless: readonly Placeable[];
}

export function groupByShard(map: ShardMap, records: readonly Placeable[]): Grouping {
  const groups = new Map<number, { readonly shard: Shard; readonly records: Placeable[] }>();
  const homeless: Placeable[] = [];
  for (const record of records) {
    const shard = findOpenShard(map, record.hashKey);
    if (shard === undefined) {
      homeless.push(record);
      continue;
    }
    const group = groups.get(shard.index);
    if (group) group.records.push(record);
    else groups.set(shard.index, { shard, records: [record] });
  }
  return { groups: [...groups.values()], homeless };
}

/** How many records, from the first on, fit into `room`. */
export function fittingCount(records: readonly Placeable[], room: ShardRoom): number {
  let byteCount = 0;
  let count = 0;
  for (const { record } of records) {
    byteCount += recordBytes(record);
    if (byteCount > room.byteCount || count === room.recordCount) break;
    count++;
  }
  return count;
}
