/** A redrive as operations show it: what it goes through, how far it came, and what keeps it. */
import { redriveTally } from "../../delivery/redrive/lifecycle.ts";
import {
  REDRIVE_READER,
  type Redrive,
  redriveShard,
  type RedriveTally,
} from "../../delivery/redrive/redrive.ts";
import { bucketArn } from "../arn.ts";
import type { ReplayContext } from "../context.ts";

export interface WireRedrive {
  readonly RedriveId: string;
  readonly DeliveryStreamName: string;
  /** `RUNNING`, `STOPPED`, `COMPLETED`, `FAILED` */
  readonly Status: string;
  readonly DryRun: boolean;
  /** `KEEP`, `TAG`, `MOVE` */
  readonly AfterRedrive: string;
  readonly StartTime: Date;
  readonly EndTime?: Date;
  readonly BucketARN: string;
  /** Below which it looks, or the objects themselves. */
  readonly Prefixes: readonly string[];
  readonly Kinds?: readonly string[];
  readonly From?: Date;
  readonly To?: Date;
  /** From 0 to 1: of the objects that it found. */
  readonly Progress: number;
  readonly ObjectsFound: number;
  readonly BytesFound: number;
  readonly ObjectsRedriven: number;
  readonly ObjectsAlreadyRedriven: number;
  readonly ObjectsIgnored: number;
  readonly ObjectsGone: number;
  readonly RecordsRedriven: number;
  readonly RecordsFailedAgain: number;
  readonly ObjectsWritten: number;
  readonly LastError?: string;
  readonly LastErrorTime?: Date;
  readonly NextRetry?: Date;
}

export async function wireRedrive(context: ReplayContext, redrive: Redrive): Promise<WireRedrive> {
  const { state, startedAtMs, endedAtMs, failure, selection } = redrive;
  const isRunning = state === "RUNNING";
  const [tally, note] = await Promise.all([
    redriveTally(context, redrive),
    isRunning ? context.deliveryNotes.get(redriveShard(redrive), REDRIVE_READER) : undefined,
  ]);
  const error = failure ?? note?.failure;
  const retryAtMs = isRunning ? note?.failure?.retryAtMs : undefined;
  const { kinds, sinceMs, untilMs } = selection;
  return {
    RedriveId: redrive.redriveId,
    DeliveryStreamName: redrive.streamName,
    Status: state,
    DryRun: redrive.isDryRun ?? false,
    AfterRedrive: redrive.after ?? "KEEP",
    StartTime: new Date(startedAtMs),
    ...(endedAtMs !== undefined && { EndTime: new Date(endedAtMs) }),
    BucketARN: bucketArn(context, redrive.bucket),
    Prefixes: redrive.prefixes,
    ...(kinds && { Kinds: kinds }),
    ...(sinceMs !== undefined && { From: new Date(sinceMs) }),
    ...(untilMs !== undefined && { To: new Date(untilMs) }),
    Progress: state === "COMPLETED" ? 1 : progressOf(tally),
    ObjectsFound: tally.foundCount,
    BytesFound: tally.foundBytes,
    ObjectsRedriven: tally.redrivenCount,
    ObjectsAlreadyRedriven: tally.alreadyCount,
    ObjectsIgnored: tally.ignoredCount,
    ObjectsGone: tally.goneCount,
    RecordsRedriven: tally.recordCount,
    RecordsFailedAgain: tally.failedAgainCount,
    ObjectsWritten: tally.writtenCount,
    ...(error && { LastError: error.message, LastErrorTime: new Date(error.atMs) }),
    ...(retryAtMs !== undefined && { NextRetry: new Date(retryAtMs) }),
  };
}

function progressOf({ doneCount, foundCount }: RedriveTally): number {
  return foundCount === 0 ? 0 : Math.min(1, doneCount / foundCount);
}
