/** What `hydrant deliveries STREAM` prints: its flushes, the latest first, each with its objects. */
import { duration } from "./consumers.ts";
import { table } from "./table.ts";

export interface FlushRow {
  readonly LaneId: string;
  readonly Kind: string;
  readonly FromBlock: number;
  readonly ToBlock: number;
  /** Seconds since the epoch. */
  readonly Time: number;
  readonly Records: number;
  readonly Delivered?: number;
  readonly Dropped?: number;
  readonly Failed?: number;
  readonly Objects: readonly {
    readonly Bucket: string;
    readonly Key: string;
    readonly ErrorOutputType?: string;
  }[];
  readonly ObjectCount: number;
}

const HEADINGS = ["when", "lane", "blocks", "records", "delivered", "dropped", "failed"];

export function printFlushes(flushes: readonly FlushRow[], nowMs: number): string {
  if (flushes.length === 0) return "  nothing was delivered yet";
  const sorted = flushes.toSorted((a, b) => b.Time - a.Time);
  const lines = table([HEADINGS, ...sorted.map((flush) => cells(flush, nowMs))]);
  return [
    lines[0]!,
    ...sorted.flatMap((flush, i) => [
      lines[i + 1]!,
      ...objectsOf(flush).map((text) => `      ${text}`),
    ]),
  ].join("\n");
}

function cells(flush: FlushRow, nowMs: number): readonly string[] {
  const { LaneId, Kind, FromBlock, ToBlock, Records, Delivered, Dropped, Failed } = flush;
  return [
    `${duration(Math.max(0, nowMs - flush.Time * 1000))} ago`,
    `${LaneId}${Kind === "delivery" ? "" : ` (${Kind})`}`,
    ToBlock - FromBlock === 1 ? String(FromBlock) : `${FromBlock}-${ToBlock - 1}`,
    ...[Records, Delivered, Dropped, Failed].map((count) =>
      count === undefined ? "?" : String(count),
    ),
  ];
}

function objectsOf({ Objects, ObjectCount }: FlushRow): readonly string[] {
  const left = ObjectCount - Objects.length;
  return [
    ...Objects.map(
      ({ Bucket, Key, ErrorOutputType }) =>
        `s3://${Bucket}/${Key}${ErrorOutputType ? `  (${ErrorOutputType})` : ""}`,
    ),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}
