/**
 * Not one of Firehose's: all there is to say of how a delivery stream delivers: per bucket what waits and when it is due,
 * what fails and when it is tried again, the last flushes; and each lane with its buffer.
 */
import { actingRole } from "../../delivery/acting-role.ts";
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import { deliveredLog, type LaneProgress, laneProgress } from "../../delivery/progress.ts";
import {
  DESCRIBED_FLUSHES_COUNT,
  DESCRIBED_LANES_MAX_COUNT,
  HOURS_TO_MS,
  RETENTION_WARNING_SHARE,
} from "../../limits.ts";
import { inTurns } from "../../streams/in-turns.ts";
import { operation } from "../../wire/operation.ts";
import { required } from "../../wire/shape.ts";
import { deliveryStreamArn } from "../arn.ts";
import type { DeliveryProgressContext } from "../context.ts";
import { deliveryStreamName } from "../firehose/common-shapes.ts";
import { statusOf } from "../firehose/delivery-stream-status.ts";
import { typeOf } from "../firehose/kinesis-source.ts";
import { deliveryStreamNotFound } from "../firehose/refusals.ts";
import { sourceProblem } from "./delivery-progress.ts";
import { laneIdOf, laneNumberOf } from "./lane-id.ts";
import { type LaneFlush, toWireFlush, type WireFlush } from "./wire-flush.ts";

/** One lane, or one shard of the source. */
export interface WireLane {
  readonly LaneId: string;
  /** `open`, `closed`: nothing more is put into it */
  readonly State: string;
  readonly RecordsWaiting: number;
  readonly BytesWaiting: number;
  /** Everything before that block of its log is delivered. */
  readonly NextBlock: number;
  readonly OldestArrival?: Date;
  /** When its buffer is due; a time that has passed: it is under way, or about to be. */
  readonly NextFlush?: Date;
  /** A flush that was begun, and is finished as it was begun. */
  readonly PendingFlush?: {
    readonly FromBlock: number;
    readonly ToBlock: number;
    readonly VersionId: string;
  };
  readonly LastError?: string;
  readonly LastErrorTime?: Date;
  readonly FailingSince?: Date;
  readonly NextRetry?: Date;
}

export interface WireDescribedDelivery extends Omit<
  WireLane,
  "LaneId" | "State" | "NextBlock" | "PendingFlush"
> {
  /** `delivery`, `backup` */
  readonly Kind: string;
  readonly BucketARN: string;
  /** Where else than to the bucket its records go. */
  readonly Destination?: string;
  readonly RoleARN: string;
  /** Whether it is that role that acts; else it is the deliver function's own. */
  readonly RoleAssumed: boolean;
  /** Those of which most waits. */
  readonly Lanes: readonly WireLane[];
  readonly LaneCount: number;
  readonly LastFlushes: readonly WireFlush[];
}

export const describeDelivery = operation({
  input: { DeliveryStreamName: required(deliveryStreamName) },
  resource: ({ DeliveryStreamName }, context: DeliveryProgressContext) =>
    deliveryStreamArn(context, DeliveryStreamName),
  async handle({ DeliveryStreamName }, context: DeliveryProgressContext) {
    const stream = await context.deliveryStreams.get(DeliveryStreamName);
    if (stream === undefined) throw deliveryStreamNotFound(DeliveryStreamName, context.accountId);
    const ports = { ...context, readers: context.deliveryReaders };
    const [readers, { retentionMs }, problem] = await Promise.all([
      laneProgress(ports, stream),
      deliveredLog(ports, stream),
      sourceProblem(context, stream),
    ]);
    const oldestAgeMs = Math.max(
      0,
      ...readers.flatMap(({ lanes }) => lanes.map((lane) => lane.oldestAgeMs)),
    );
    const isLate = oldestAgeMs > 0 && oldestAgeMs >= RETENTION_WARNING_SHARE * retentionMs;
    const warnings = [
      ...(problem === undefined ? [] : [problem]),
      ...(isLate ? [expiresSoon(oldestAgeMs, retentionMs)] : []),
    ];
    const Deliveries = await Promise.all(
      readers.map(async ({ lanes, kind, readerId, bucketArn, place, roleArn }) => {
        const flushes = await inTurns(lanes, async ({ shard }) => {
          const latest = { limit: DESCRIBED_FLUSHES_COUNT };
          const found = await context.deliveryNotes.flushes(shard, readerId, latest);
          return found.map((flush) => ({ lane: laneNumberOf(shard), kind, flush }));
        });
        return {
          Kind: kind,
          BucketARN: bucketArn,
          ...(place !== undefined && { Destination: place }),
          RoleARN: roleArn,
          RoleAssumed: actingRole(context.assumableRoles, roleArn).kind === "named",
          ...together(stream, lanes),
          LaneCount: lanes.length,
          LastFlushes: lastOf(flushes.flat()).map((flush) => toWireFlush(stream, flush)),
        } satisfies WireDescribedDelivery;
      }),
    );
    return {
      DeliveryStreamName: stream.name,
      DeliveryStreamARN: deliveryStreamArn(context, stream.name),
      DeliveryStreamStatus: statusOf(stream),
      DeliveryStreamType: typeOf(stream),
      VersionId: String(stream.versionId),
      DeliveryState: stream.pausedAtMs === undefined ? "DELIVERING" : "PAUSED",
      ...(stream.pausedAtMs !== undefined && { PausedSince: new Date(stream.pausedAtMs) }),
      RetentionPeriodHours: Math.round(retentionMs / HOURS_TO_MS),
      Warnings: warnings,
      Deliveries,
    };
  },
});

function lastOf(flushes: readonly LaneFlush[]): readonly LaneFlush[] {
  return flushes.toSorted((a, b) => b.flush.atMs - a.flush.atMs).slice(0, DESCRIBED_FLUSHES_COUNT);
}

function expiresSoon(oldestAgeMs: number, retentionMs: number): string {
  const hours = (ms: number) => (ms / HOURS_TO_MS).toFixed(1);
  const leftMs = Math.max(0, retentionMs - oldestAgeMs);
  return `The oldest record that waits was put ${hours(oldestAgeMs)} h ago: it is lost in ${hours(leftMs)} h unless it is delivered`;
}

function together(stream: DeliveryStream, lanes: readonly LaneProgress[]) {
  const wire = lanes.map((lane) => toWireLane(stream, lane));
  const earliest = (of: (lane: WireLane) => Date | undefined) => {
    const [first] = wire.flatMap((lane) => of(lane) ?? []).toSorted((a, b) => +a - +b);
    return first;
  };
  const [failing] = wire
    .filter(({ LastErrorTime }) => LastErrorTime !== undefined)
    .toSorted((a, b) => +b.LastErrorTime! - +a.LastErrorTime!);
  return {
    RecordsWaiting: wire.reduce((sum, { RecordsWaiting }) => sum + RecordsWaiting, 0),
    BytesWaiting: wire.reduce((sum, { BytesWaiting }) => sum + BytesWaiting, 0),
    ...defined({
      OldestArrival: earliest(({ OldestArrival }) => OldestArrival),
      NextFlush: earliest(({ NextFlush }) => NextFlush),
      LastError: failing?.LastError,
      LastErrorTime: failing?.LastErrorTime,
      FailingSince: earliest(({ FailingSince }) => FailingSince),
      NextRetry: earliest(({ NextRetry }) => NextRetry),
    }),
    Lanes: wire
      .toSorted((a, b) => b.BytesWaiting - a.BytesWaiting)
      .slice(0, DESCRIBED_LANES_MAX_COUNT),
  };
}

function toWireLane(stream: DeliveryStream, lane: LaneProgress): WireLane {
  const { shard, checkpoint, plan, failure, dueAtMs, oldestArrivedAtMs } = lane;
  return {
    LaneId: laneIdOf(stream, laneNumberOf(shard)),
    State: lane.isSealed ? "closed" : "open",
    RecordsWaiting: lane.recordsWaiting,
    BytesWaiting: lane.bytesWaiting,
    NextBlock: checkpoint.blockIndex,
    ...(oldestArrivedAtMs !== undefined && { OldestArrival: new Date(oldestArrivedAtMs) }),
    ...(dueAtMs !== undefined &&
      stream.pausedAtMs === undefined && { NextFlush: new Date(dueAtMs) }),
    ...(plan && {
      PendingFlush: {
        FromBlock: plan.span.from.blockIndex,
        ToBlock: plan.span.to.blockIndex,
        VersionId: String(plan.versionId),
      },
    }),
    ...(failure && {
      LastError: failure.message,
      LastErrorTime: new Date(failure.atMs),
      FailingSince: new Date(failure.sinceMs),
      NextRetry: new Date(failure.retryAtMs),
    }),
  };
}

/** Without the members that have no value. */
function defined<Members extends object>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [Name in keyof Members]?: NonNullable<Members[Name]>;
  };
}
