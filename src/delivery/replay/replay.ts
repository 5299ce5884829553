/**
 * A replay: records of a delivery stream's log once more, to a target of its own. It has a reader for each lane, or each
 * shard of the stream's source, that holds any of them. These are readers like any other, but that what they read ends,
 * and that their settings are the replay's: neither the stream's checkpoints nor its objects are touched by it.
 */
import type { Checkpoint } from "../../readers/store.ts";
import type { DeliveryStream, DeliveryTarget } from "../delivery-stream.ts";

/**
 *   RUNNING ──▶ COMPLETED: all its readers have come to their ends
 *      │ └────▶ FAILED: the destination refuses, or what it read is gone
 *      └──▶ STOPPING ──▶ STOPPED
 */
export type ReplayState = "RUNNING" | "STOPPING" | "STOPPED" | "COMPLETED" | "FAILED";

/** A record of a lane, or of a shard of the source. */
export interface RecordPosition {
  readonly shardIndex: number;
  readonly blockIndex: number;
  /** In its block. */
  readonly position: number;
}

/** A position names its lane or shard, and the replay is of that one alone. */
export interface ReplayRange {
  /** Absent: the oldest record that can be read. */
  readonly from?: ReplayTime | ReplayRecord;
  /** A time is exclusive, a record is the last one. Absent: all that was put before the replay began. */
  readonly to?: ReplayTime | ReplayRecord;
}

interface ReplayTime {
  readonly kind: "time";
  readonly atMs: number;
}

interface ReplayRecord extends RecordPosition {
  readonly kind: "record";
}

/** Plain JSON: it is stored as it is. */
export interface Replay {
  readonly streamName: string;
  readonly generation: string;
  readonly replayId: string;
  readonly state: ReplayState;
  readonly range: ReplayRange;
  /** Of the stream when the replay began; part of object keys. */
  readonly versionId: number;
  readonly target: DeliveryTarget;
  /** As Describe shows the target; opaque to the domain. */
  readonly shown: unknown;
  /** A hash of what was asked for: a client token stands for one request. */
  readonly request: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** Parts of lanes or shards below it stand; absent: all do. */
  readonly openedBelow?: number;
  /** Present once it has FAILED. */
  readonly failure?: { readonly message: string; readonly atMs: number };
}

export type ReplayIdentity = Pick<Replay, "streamName" | "generation" | "replayId">;

/** What a replay reads of one lane or shard. */
export interface ReplayPart {
  readonly shardIndex: number;
  readonly from: Checkpoint;
  /** Exclusive. */
  readonly to: Checkpoint;
  /** Of records in the first block that come before the range. */
  readonly skippedAtStart?: number;
  /** The records of the last block that are in the range; absent: all. */
  readonly keptAtEnd?: number;
  /** Records of the last block that come behind the range. */
  readonly skippedAtEnd?: number;
}

/** How much of it is done. */
export interface PartTally {
  readonly recordCount: number;
  readonly byteCount: number;
  readonly objectCount: number;
  /** Records whose retention ended before they were read. */
  readonly expiredCount: number;
}

export interface PartProgress extends PartTally {
  readonly part: ReplayPart;
  /** Everything of it before that block is done. */
  readonly readTo: number;
  readonly hasEnded: boolean;
}

export const NO_TALLY: PartTally = {
  recordCount: 0,
  byteCount: 0,
  objectCount: 0,
  expiredCount: 0,
};

export function isOver({ state }: Pick<Replay, "state">): boolean {
  return state !== "RUNNING" && state !== "STOPPING";
}

export function identityOf(
  { name, generation }: Pick<DeliveryStream, "name" | "generation">,
  replayId: string,
): ReplayIdentity {
  return { streamName: name, generation, replayId };
}

const PREFIX = "replay";

/** `replay/access-logs/5c1f09ab27de4410/8c2d…` */
export function replayReader({ streamName, generation, replayId }: ReplayIdentity): string {
  return [PREFIX, streamName, generation, replayId].join("/");
}

/** The replay that a reader belongs to; `undefined` for readers of other kinds. */
export function parseReplayReader(readerId: string): ReplayIdentity | undefined {
  const [prefix, streamName, generation, replayId] = readerId.split("/");
  if (prefix !== PREFIX || !streamName || !generation || !replayId) return undefined;
  return { streamName, generation, replayId };
}
