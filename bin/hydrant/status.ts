/** `hydrant status STREAM`: how a delivery stream delivers, lane by lane, and its last flushes. */
import { placeOf } from "./place-of.ts";
import { systemClock } from "../../src/clock.ts";
import { deliveryStreamName } from "../../src/operations/firehose/common-shapes.ts";
import { required } from "../../src/wire/shape.ts";
import { call } from "./call.ts";
import type { Connection } from "./connection.ts";
import { duration } from "./consumers.ts";
import { type FlushRow, printFlushes } from "./flushes.ts";
import { type Options, readOptions, withStreamName } from "./options.ts";
import { table } from "./table.ts";
import { show } from "./watch.ts";

const MEMBERS = { DeliveryStreamName: required(deliveryStreamName) };

const USAGE = `usage: hydrant status STREAM [options]
  --watch  again every two seconds, until Ctrl-C`;

/** Times are seconds since the epoch. */
interface Waiting {
  readonly RecordsWaiting: number;
  readonly BytesWaiting: number;
  readonly OldestArrival?: number;
  readonly NextFlush?: number;
  readonly LastError?: string;
  readonly FailingSince?: number;
  readonly NextRetry?: number;
}

interface LaneRow extends Waiting {
  readonly LaneId: string;
  readonly State: string;
  readonly NextBlock: number;
  readonly PendingFlush?: { readonly FromBlock: number; readonly ToBlock: number };
}

interface DeliveryStatus extends Waiting {
  readonly Kind: string;
  readonly BucketARN: string;
  readonly Destination?: string;
  readonly LaneCount: number;
  readonly Lanes: readonly LaneRow[];
  readonly LastFlushes: readonly FlushRow[];
}

export interface StreamStatus {
  readonly DeliveryStreamName: string;
  readonly DeliveryStreamStatus: string;
  /** `DELIVERING`, `PAUSED` */
  readonly DeliveryState: string;
  readonly PausedSince?: number;
  readonly DeliveryStreamType: string;
  readonly VersionId: string;
  readonly RetentionPeriodHours: number;
  readonly Warnings: readonly string[];
  readonly Deliveries: readonly DeliveryStatus[];
}

export async function runStatus(
  args: readonly string[],
  connect: (options: Options) => Connection,
): Promise<void> {
  const options = readOptions(MEMBERS, withStreamName(args), ["watch"]);
  if (options.isHelpWanted) return console.log(USAGE);
  const connection = connect(options);
  const view = async () =>
    printStatus(
      (await call(connection, "DescribeDelivery", options.input)) as unknown as StreamStatus,
      systemClock.now(),
    );
  await show(view, options.flags.has("watch"));
}

const HEADINGS = ["lane", "state", "waiting", "bytes", "oldest", "next flush", "pending"];

export function printStatus(status: StreamStatus, nowMs: number): string {
  const { DeliveryStreamName, DeliveryStreamStatus, DeliveryStreamType, VersionId } = status;
  return [
    `${DeliveryStreamName}  ${DeliveryStreamStatus}  ${DeliveryStreamType}  version ${VersionId}  records are kept ${status.RetentionPeriodHours} h`,
    ...(status.PausedSince === undefined
      ? []
      : [`  paused for ${duration(Math.max(0, nowMs - status.PausedSince * 1000))}`]),
    ...status.Warnings.map((warning) => `  ! ${warning}`),
    ...status.Deliveries.flatMap((delivery) => [
      `${delivery.Kind} to ${placeOf(delivery)}`,
      ...failure(delivery, nowMs),
      ...table([HEADINGS, ...delivery.Lanes.map((lane) => cells(lane, nowMs))]),
      ...(delivery.LaneCount > delivery.Lanes.length
        ? [`  lanes of which less waits: ${delivery.LaneCount - delivery.Lanes.length}`]
        : []),
      "  last flushes",
      printFlushes(delivery.LastFlushes, nowMs),
    ]),
  ].join("\n");
}

function failure(delivery: Waiting, nowMs: number): readonly string[] {
  const { LastError, FailingSince = 0, NextRetry } = delivery;
  if (LastError === undefined) return [];
  const next = NextRetry === undefined ? "" : `, next try ${inTime(NextRetry, nowMs)}`;
  return [`  fails for ${duration(nowMs - FailingSince * 1000)}${next}: ${LastError}`];
}

function cells(lane: LaneRow, nowMs: number): readonly string[] {
  const { LaneId, State, RecordsWaiting, BytesWaiting, OldestArrival, NextFlush } = lane;
  const { PendingFlush } = lane;
  return [
    LaneId,
    State,
    String(RecordsWaiting),
    String(BytesWaiting),
    OldestArrival === undefined ? "" : duration(Math.max(0, nowMs - OldestArrival * 1000)),
    NextFlush === undefined ? "" : inTime(NextFlush, nowMs),
    PendingFlush === undefined
      ? ""
      : `blocks ${PendingFlush.FromBlock}-${PendingFlush.ToBlock - 1}`,
  ];
}

function inTime(seconds: number, nowMs: number): string {
  const ms = seconds * 1000 - nowMs;
  return ms <= 0 ? "now" : `in ${duration(ms)}`;
}
