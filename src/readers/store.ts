/**
 * The port of readers: a checkpoint, a lease, at most one pending plan and a wake-up rule per (shard, reader).
 * Every write after `acquire` is conditional on the lease's epoch, so a reader that was thought dead and
 * comes back cannot move anything.
 */
import type { ShardKey } from "../log/store.ts";

/** A position in the log: everything before `blockIndex` is done. */
export interface Checkpoint {
  readonly blockIndex: number;
  /** Bytes of record data before that block: buffered bytes = head's offset − this. */
  readonly byteOffset: number;
}

/** When a buffer is due, whichever comes first. */
export interface WakeRule {
  readonly sizeBytes: number;
  readonly intervalMs: number;
}

/** `timer`: the interval is armed; `work`: a flush was requested. */
export type WakeLevel = "timer" | "work";

/** The wake-up that was sent last, and the checkpoint's block index at that time. */
export interface Woken {
  readonly blockIndex: number;
  readonly level: WakeLevel;
}

export interface ReaderState<Plan> {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly checkpoint: Checkpoint;
  readonly wakeRule: WakeRule;
  readonly epoch: number;
  readonly leasedUntilMs?: number;
  readonly plan?: Plan;
  readonly woken?: Woken;
}

/** The proof of ownership that every later write carries. */
export interface Lease {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly epoch: number;
}

export type AcquireResult<Plan> =
  | { readonly kind: "acquired"; readonly lease: Lease; readonly state: ReaderState<Plan> }
  | { readonly kind: "held"; readonly untilMs: number }
  /** The reader does not exist any more. */
  | { readonly kind: "gone" };

/** `fenced`: another owner took the lease, or the reader is gone; nothing was changed. */
export type FencedResult = "done" | "fenced";

export interface ReaderStore<Plan> {
  get(shard: ShardKey, readerId: string): Promise<ReaderState<Plan> | undefined>;
  /** All readers of a shard, strongly consistent. */
  list(shard: ShardKey): Promise<readonly ReaderState<Plan>[]>;
  acquire(
    shard: ShardKey,
    readerId: string,
    claim: {
      /** Made by the caller for this one attempt; tells an ambiguous retry from a lost race. */
      readonly token: string;
      readonly nowMs: number;
      readonly untilMs: number;
    },
  ): Promise<AcquireResult<Plan>>;
  renew(lease: Lease, untilMs: number): Promise<FencedResult>;
  /**
   * Stores or replaces the pending plan. `order` rises with each save under one lease: a request that was thought
   * lost and arrives behind a later one, or behind the advance, changes nothing and answers `fenced`.
   */
  savePlan(lease: Lease, plan: Plan, order: number): Promise<FencedResult>;
  /** Moves the checkpoint forward and clears the plan. */
  advance(lease: Lease, from: Checkpoint, to: Checkpoint): Promise<FencedResult>;
  release(lease: Lease): Promise<void>;
  /** Notes that a wake-up was sent. Nothing happens if the reader is gone or its checkpoint has passed. */
  markWoken(shard: ShardKey, readerId: string, woken: Woken): Promise<void>;
}

/** What a wake-up message says: this reader of this shard stood at this block when it was sent. */
export interface WakeUp {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly blockIndex: number;
}

export interface WakeQueue {
  /** `delaySeconds` 0..900. */
  send(wakeUp: WakeUp, delaySeconds: number): Promise<void>;
}
