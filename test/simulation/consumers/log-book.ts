/** What stood in the log by the end of a history, and which of it each mapping has to see. */
import type { ConsumerEvent, LanePlace, LoggedRecord } from "./history.ts";

export interface Rec extends LoggedRecord {
  readonly stream: number;
  readonly shard: number;
  readonly place: LanePlace;
  readonly arrivedAtMs: number;
}

export interface LogBook {
  readonly records: ReadonlyMap<string, Rec>;
  /** A key's shards follow each other in the order of their numbers. */
  readonly byKey: ReadonlyMap<string, readonly Rec[]>;
  readonly byShard: ReadonlyMap<number, readonly Rec[]>;
  parentsOf(shard: number): readonly number[];
  /** Whether a mapping's reader was ever opened in that shard or above it. */
  isBegun(mapping: string, shard: number): boolean;
  /** Whether the mapping has to see it: it starts before it, or its reader begins before it or further up. */
  isOwed(mapping: string, rec: Rec): boolean;
}

export function readLog(events: readonly ConsumerEvent[], clockSkewMs: number): LogBook {
  const records = new Map<string, Rec>();
  const shards = new Map<
    number,
    { readonly stream: number; readonly parents: readonly number[] }
  >();
  /** By mapping and shard: the first block. */
  const opened = new Map<string, Map<number, number>>();
  const starts = new Map<string, { readonly stream: number; readonly startsAtMs: number }>();
  for (const event of events) {
    if (event.kind === "shard") shards.set(event.shard, event);
    else if (event.kind === "mapping") starts.set(event.mapping, event);
    else if (event.kind === "opened") {
      const own = opened.get(event.mapping) ?? new Map<number, number>();
      opened.set(event.mapping, own.set(event.shard, event.block));
    } else if (event.kind === "logged") {
      const { shard, arrivedAtMs } = event;
      const { stream = 0 } = shards.get(shard) ?? {};
      for (const record of event.records) {
        const [, block = 0, position = 0, sub = 0] = record.id.split("/").map(Number);
        const place = [block, position, sub] as const;
        records.set(record.id, { ...record, stream, shard, arrivedAtMs, place });
      }
    }
  }
  const inOrder = [...records.values()].toSorted(compareRecords);
  const parentsOf = (shard: number) => shards.get(shard)?.parents ?? [];

  function isBegun(mapping: string, shard: number): boolean {
    return (opened.get(mapping)?.has(shard) ?? false) || isBegunAbove(mapping, shard);
  }

  function isBegunAbove(mapping: string, shard: number): boolean {
    return parentsOf(shard).some((parent) => isBegun(mapping, parent));
  }

  return {
    records,
    byKey: Map.groupBy(inOrder, ({ key }) => key),
    byShard: Map.groupBy(inOrder, ({ shard }) => shard),
    parentsOf,
    isBegun,
    isOwed(mapping, { stream, shard, arrivedAtMs, place: [block] }) {
      const start = starts.get(mapping);
      const isStart = start?.stream === stream && arrivedAtMs >= start.startsAtMs;
      // Which shards hold a time is not known where clocks differ.
      if (isStart && (start.startsAtMs === 0 || clockSkewMs === 0)) return true;
      const from = opened.get(mapping)?.get(shard);
      return (from !== undefined && block >= from) || isBegunAbove(mapping, shard);
    },
  };
}

export function compareRecords(one: Rec, other: Rec): number {
  return one.shard - other.shard || comparePlaces(one.place, other.place);
}

export function comparePlaces(one: LanePlace, other: LanePlace): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
