/**
 * `hydrant deliveries`: per delivery stream what waits, how old it is, what stood last, and what keeps the rest; of one
 * that is named, its flushes as well.
 */
import { systemClock } from "../../src/clock.ts";
import { deliveryStreamName } from "../../src/operations/firehose/common-shapes.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { type FlushRow, printFlushes } from "./flushes.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";
import { pages } from "./pages.ts";
import { table } from "./table.ts";
import { show } from "./watch.ts";

const ONE = "DescribeDeliveryProgress";
const ALL = "ListDeliveryProgress";
const FLUSHES = "ListDeliveries";

const MEMBERS = { DeliveryStreamName: deliveryStreamName };

const USAGE = `usage: hydrant deliveries [STREAM] [options]
  --delivery-stream-name TEXT  the same as STREAM: its flushes are shown, too  (all)
  --watch                      again every two seconds, until Ctrl-C`;

export interface DeliveryRow {
  readonly DeliveryStreamName: string;
  readonly DeliveryStreamStatus: string;
  readonly Kind: string;
  readonly BucketARN: string;
  readonly Destination?: string;
  readonly RecordsWaiting: number;
  readonly BytesWaiting: number;
  readonly OldestAgeMilliseconds: number;
  /** Times are seconds since the epoch. */
  readonly LastObject?: { readonly Key: string; readonly Time: number };
  readonly LastError?: string;
  readonly FailingSince?: number;
  readonly NextRetry?: number;
  readonly Problem?: string;
}

export async function runDeliveries(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(MEMBERS, withStreamName(args), ["watch"]);
  if (options.isHelpWanted) return console.log(USAGE);
  const connection = connect(options);
  await show(() => view(connection, options.input), options.flags.has("watch"));
}

async function view(connection: Connection, input: Options["input"]): Promise<string> {
  const nowMs = systemClock.now();
  if (input["DeliveryStreamName"] === undefined) {
    const rows = await pages(connection, ALL, "Deliveries", {});
    return printDeliveries(rows as readonly DeliveryRow[], nowMs);
  }
  const [{ Deliveries }, { Flushes }] = await Promise.all([
    call(connection, ONE, input),
    call(connection, FLUSHES, input),
  ]);
  return [
    printDeliveries(Deliveries as readonly DeliveryRow[], nowMs),
    printFlushes(Flushes as readonly FlushRow[], nowMs),
  ].join("\n");
}

const HEADINGS = ["delivery stream", "waiting", "bytes", "oldest", "last object", "next try"];

export function printDeliveries(rows: readonly DeliveryRow[], nowMs: number): string {
  if (rows.length === 0) return "no delivery streams";
  const lines = table([HEADINGS, ...rows.map((row) => cells(row, nowMs))]);
  return [
    lines[0]!,
    ...rows.flatMap((row, i) => [
      lines[i + 1]!,
      ...remarks(row, nowMs).map((text) => `      ${text}`),
    ]),
  ].join("\n");
}

function cells(row: DeliveryRow, nowMs: number): readonly string[] {
  const { DeliveryStreamName, DeliveryStreamStatus, Kind, LastObject, NextRetry } = row;
  const status = DeliveryStreamStatus === "ACTIVE" ? "" : ` ${DeliveryStreamStatus}`;
  const isWaiting = row.RecordsWaiting > 0;
  return [
    `${DeliveryStreamName}${Kind === "delivery" ? "" : ` (${Kind})`}${status}`,
    String(row.RecordsWaiting),
    String(row.BytesWaiting),
    isWaiting ? duration(row.OldestAgeMilliseconds) : "",
    LastObject ? `${duration(Math.max(0, nowMs - LastObject.Time * 1000))} ago` : "none",
    NextRetry === undefined ? "" : `in ${duration(Math.max(0, NextRetry * 1000 - nowMs))}`,
  ];
}

/** What is too long for a column. */
function remarks(row: DeliveryRow, nowMs: number): readonly string[] {
  const { BucketARN, Destination, LastObject, LastError, FailingSince = 0, Problem } = row;
  const bucket = BucketARN.replace(/^arn:[^:]*:s3:::/, "");
  const forMs = Math.max(0, nowMs - FailingSince * 1000);
  return [
    ...(LastObject ? [`last: s3://${bucket}/${LastObject.Key}`] : []),
    ...(LastError === undefined
      ? []
      : [`fails for ${duration(forMs)}, ${Destination ?? `bucket ${bucket}`}: ${LastError}`]),
    ...(Problem === undefined ? [] : [Problem]),
  ];
}
