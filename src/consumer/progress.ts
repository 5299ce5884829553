/**
 * How far a consumer has come in a shard: what is stored with its checkpoint. A shard is read in one lane, or in
 * several of which each has partition keys of its own and goes on by itself; the checkpoint is where the slowest
 * stands. A batch that failed is remembered by where it ends, so that it is tried again as the same batch.
 */
import { createHash } from "node:crypto";
import type { FailureCondition } from "./failure-document.ts";
import type { InvocationFacts } from "./ports.ts";
import type { ConsumerRecord } from "./record.ts";

/** Before that user record of that stored record of that block. */
export type Place = readonly [blockIndex: number, position: number, subPosition: number];

/** The decision that a piece is not tried any more. It is stored first, then reported, then the lane goes on. */
export interface GivenUp {
  readonly condition: FailureCondition;
  /** How often the function was invoked with it. */
  readonly invokeCount: number;
  readonly atMs: number;
  /** Lambda's word for how the last invocation failed; `null` when it named records that failed. */
  readonly functionError?: string | null;
  /** Of the last invocation. */
  readonly facts?: InvocationFacts;
}

export interface LaneRetry {
  /**
   * Where the pieces of the failed batch end, in order; the first is next. None: it was the last invocation of a
   * tumbling window, which has no records.
   */
  readonly pieceEnds: readonly Place[];
  /** Invocations with the first piece that count against the mapping's maximum. */
  readonly attemptCount: number;
  /** Failures in a row of any kind, for the back-off. */
  readonly failureCount: number;
  readonly retryAtMs: number;
  readonly lastError?: string;
  /** When the first record of the batch arrived. */
  readonly arrivedAtMs?: number;
  readonly givenUp?: GivenUp;
}

/** A tumbling window that is open. */
export interface OpenWindow {
  readonly startMs: number;
  /** What the function answered last, as JSON; in the log bucket if it is large. */
  readonly state: { readonly inline: string } | { readonly bodyKey: string };
  readonly isTerminatedEarly?: true;
}

export interface LaneProgress {
  /** All of the lane's records before it are handled: succeeded, given up and reported, or not wanted. */
  readonly next: Place;
  readonly retry?: LaneRetry;
  readonly window?: OpenWindow;
}

/** Plain JSON. */
export interface Progress {
  readonly lanes: readonly LaneProgress[];
  /** Records were shared out as user records, taken out of their aggregates. */
  readonly deaggregates?: boolean;
  /** Tells by which filter; absent: without one. */
  readonly filterId?: string;
}

export function placeOf({ position, subSequenceNumber = 0 }: ConsumerRecord): Place {
  return [position.blockIndex, position.position, subSequenceNumber];
}

/** Before whatever follows that place's record. */
export function behind([blockIndex, position, subPosition]: Place): Place {
  return [blockIndex, position, subPosition + 1];
}

/** Negative, zero or positive, as for sorting. */
export function comparePlaces(one: Place, other: Place): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

/** Which of the lanes a key's records belong to. */
export function laneOf(partitionKey: string, laneCount: number): number {
  if (laneCount === 1) return 0;
  return createHash("md5").update(partitionKey).digest().readUInt32BE(0) % laneCount;
}

export function newLanes(count: number, next: Place): readonly LaneProgress[] {
  return Array.from({ length: count }, () => ({ next }));
}
