/** A replay as operations show it: what it is, how far it came, and what keeps it. */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import type { DeliveryFailure } from "../../delivery/ports.ts";
import {
  isOver,
  type PartProgress,
  type PartTally,
  type Replay,
  type ReplayRange,
  replayReader,
} from "../../delivery/replay/replay.ts";
import { keyOf } from "../../delivery/replay/lifecycle.ts";
import { REPLAY_READERS_MAX_COUNT } from "../../limits.ts";
import { inTurns } from "../../streams/in-turns.ts";
import type { ReplayContext } from "../context.ts";

export interface WireReplay {
  readonly ReplayId: string;
  readonly DeliveryStreamName: string;
  /** `RUNNING`, `STOPPING`, `STOPPED`, `COMPLETED`, `FAILED` */
  readonly Status: string;
  readonly StartTime: Date;
  readonly EndTime?: Date;
  readonly From?: WireBound;
  readonly To?: WireBound;
  readonly Destination: unknown;
  /** From 0 to 1: of the bytes in the range. */
  readonly Progress: number;
  /** Lanes or shards with records of the range. */
  readonly ShardCount: number;
  readonly ShardsEnded: number;
  readonly RecordsReplayed: number;
  readonly BytesReplayed: number;
  readonly ObjectsWritten: number;
  readonly RecordsExpired: number;
  readonly LastError?: string;
  readonly LastErrorTime?: Date;
  readonly NextRetry?: Date;
}

type WireBound =
  | { readonly Timestamp: Date }
  | { readonly ShardIndex: number; readonly BlockIndex: number; readonly Position: number };

export async function wireReplay(
  context: ReplayContext,
  stream: DeliveryStream,
  replay: Replay,
): Promise<WireReplay> {
  const parts = await context.replays.parts(replay);
  const error: (Pick<DeliveryFailure, "message" | "atMs"> & Partial<DeliveryFailure>) | undefined =
    replay.failure ??
    (isOver(replay) ? undefined : await lastFailure(context, stream, replay, parts));
  const { from, to } = replay.range;
  const sum = (member: keyof PartTally) => parts.reduce((total, part) => total + part[member], 0);
  return {
    ReplayId: replay.replayId,
    DeliveryStreamName: replay.streamName,
    Status: replay.state,
    StartTime: new Date(replay.startedAtMs),
    ...(replay.endedAtMs !== undefined && { EndTime: new Date(replay.endedAtMs) }),
    ...(from && { From: wireBound(from) }),
    ...(to && { To: wireBound(to) }),
    Destination: replay.shown,
    Progress: replay.state === "COMPLETED" ? 1 : progressOf(parts),
    ShardCount: parts.length,
    ShardsEnded: parts.filter(({ hasEnded }) => hasEnded).length,
    RecordsReplayed: sum("recordCount"),
    BytesReplayed: sum("byteCount"),
    ObjectsWritten: sum("objectCount"),
    RecordsExpired: sum("expiredCount"),
    ...(error && {
      LastError: error.message,
      LastErrorTime: new Date(error.atMs),
    }),
    ...(error?.retryAtMs !== undefined && { NextRetry: new Date(error.retryAtMs) }),
  };
}

function wireBound(bound: NonNullable<ReplayRange["from"]>): WireBound {
  if (bound.kind === "time") return { Timestamp: new Date(bound.atMs) };
  const { shardIndex, blockIndex, position } = bound;
  return { ShardIndex: shardIndex, BlockIndex: blockIndex, Position: position };
}

function progressOf(parts: readonly PartProgress[]): number {
  let doneBytes = 0;
  let allBytes = 0;
  for (const { part, readTo, hasEnded } of parts) {
    const { from, to } = part;
    // Empty records have no bytes, and are done all the same.
    const byteCount = Math.max(1, to.byteOffset - from.byteOffset);
    const share = hasEnded ? 1 : (readTo - from.blockIndex) / (to.blockIndex - from.blockIndex);
    doneBytes += share * byteCount;
    allBytes += byteCount;
  }
  return allBytes === 0 ? 0 : doneBytes / allBytes;
}

/** Of those parts that are read now. */
async function lastFailure(
  { deliveryNotes }: ReplayContext,
  stream: DeliveryStream,
  replay: Replay,
  parts: readonly PartProgress[],
): Promise<DeliveryFailure | undefined> {
  const read = parts.filter(({ hasEnded }) => !hasEnded).slice(0, REPLAY_READERS_MAX_COUNT);
  const notes = await inTurns(read, ({ part }) =>
    deliveryNotes.get(keyOf(stream, part.shardIndex), replayReader(replay)),
  );
  const failures = notes.flatMap((note) => note?.failure ?? []);
  return failures.toSorted((a, b) => b.atMs - a.atMs)[0];
}
