/** What `hydrant consumers` prints of a mapping: per shard how far behind it is, and what keeps it. */
import { table } from "./table.ts";

export interface ShardRow {
  readonly ShardId: string;
  readonly State: string;
  readonly RecordsBehind: number;
  readonly IteratorAgeMilliseconds: number;
  /** Seconds since the epoch. */
  readonly NextRetry?: number;
  readonly LastError?: string;
}

export interface MappingRow {
  readonly UUID: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly State: string;
  readonly LastProcessingResult: string;
}

const HEADINGS = ["shard", "behind", "age", "next retry", "last error"] as const;

export function printConsumer(
  mapping: MappingRow,
  shards: readonly ShardRow[],
  nowMs: number,
): string {
  const source = mapping.EventSourceArn.replace(/^.*?:stream\//, "");
  const name = mapping.FunctionArn.replace(/^.*?:function:/, "");
  const open = shards.filter(({ State }) => State !== "ended");
  const endedCount = shards.length - open.length;
  return [
    `${source} -> ${name}  ${mapping.State}  ${mapping.LastProcessingResult}  ${mapping.UUID}`,
    ...table([HEADINGS, ...open.map((shard) => cells(shard, nowMs))]),
    ...(endedCount > 0 ? [`  shards that have ended: ${endedCount}`] : []),
  ].join("\n");
}

function cells(shard: ShardRow, nowMs: number): readonly string[] {
  const { ShardId, RecordsBehind, IteratorAgeMilliseconds, NextRetry, LastError = "" } = shard;
  return [
    ShardId,
    String(RecordsBehind),
    duration(IteratorAgeMilliseconds),
    NextRetry === undefined ? "" : `in ${duration(Math.max(0, NextRetry * 1000 - nowMs))}`,
    LastError.replaceAll(/\s+/g, " "),
  ];
}

/** @example duration(3_723_000) // "1h 2m 3s" */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
