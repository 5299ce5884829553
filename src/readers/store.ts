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

export const SHARD_START: Checkpoint = { blockIndex: 0, byteOffset: 0 };

/** When a buffer is due, whichever comes first. */
export interface WakeRule {
  readonly sizeBytes: number;
  readonly intervalMs: number;
  /** Absent: however many records there are. */
  readonly recordCount?: number;
}

/**
 * How far a reader that goes ahead of its checkpoint has looked: what lies between the two is under way, or waits
 * for a record before it.
 */
export interface Frontier extends Checkpoint {
  /** Records in the shard before that block. */
  readonly recordOffset: number;
}

/** `timer`: the interval is armed; `work`: a flush was requested. */
export type WakeLevel = "timer" | "work";

/** The wake-up that was sent last, and where the reader had looked up to at that time, see `lookedUpTo`. */
export interface Woken {
  readonly blockIndex: number;
  readonly level: WakeLevel;
}

export interface ReaderState<Plan> {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly checkpoint: Checkpoint;
  /** Absent for readers that never go ahead. */
  readonly frontier?: Frontier;
  readonly wakeRule: WakeRule;
  readonly epoch: number;
  readonly leasedUntilMs?: number;
  /** A message that brings the reader back at that time is under way. */
  readonly wakesAtMs?: number;
  /** Which message that is. */
  readonly wakesBy?: string;
  readonly plan?: Plan;
  readonly woken?: Woken;
  /** It was woken while its shard was noted for the sweep, which tells it to forget before it drops the note. */
  readonly isNoted?: true;
  /** Its wake rule was changed, and it has not been leased since. */
  readonly isReconfigured?: true;
  /** Present once its shard was closed and it had read all of it: it has nothing to do any more. */
  readonly ended?: true;
}

/** A wake-up that was sent, and the rule that it was sent by. */
export interface SentWake extends Woken {
  readonly rule: WakeRule;
}

/** When a message that is under way brings the reader back, and which. */
export interface Recall {
  readonly atMs: number;
  readonly messageId: string;
}

/** Where a reader stands, and what it is woken by. */
export interface NewReaderState {
  readonly checkpoint: Checkpoint;
  readonly frontier?: Frontier;
  readonly wakeRule: WakeRule;
}

export function hasWakeRule(
  { wakeRule: has }: Pick<ReaderState<unknown>, "wakeRule">,
  rule: WakeRule,
): boolean {
  return (
    has.sizeBytes === rule.sizeBytes &&
    has.intervalMs === rule.intervalMs &&
    has.recordCount === rule.recordCount
  );
}

/** The first block index that a reader has not looked at. */
export function lookedUpTo({
  checkpoint,
  frontier,
}: Pick<ReaderState<unknown>, "checkpoint" | "frontier">): number {
  return (frontier ?? checkpoint).blockIndex;
}

/** The proof of ownership that every later write carries. */
export interface Lease {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly epoch: number;
}

export type AcquireResult<Plan> =
  | { readonly kind: "acquired"; readonly lease: Lease; readonly state: ReaderState<Plan> }
  | { readonly kind: "held" }
  /** The reader does not exist any more. */
  | { readonly kind: "gone" };

/** `fenced`: another owner took the lease, or the reader is gone; nothing was changed. */
export type FencedResult = "done" | "fenced";

export interface ReaderStore<Plan> {
  /**
   * Makes a reader; one that is there already is left as it is. It may stand and not be listed until this has succeeded:
   * who does not know that it did repeats it.
   */
  open(shard: ShardKey, readerId: string, state: NewReaderState): Promise<void>;
  /**
   * Changes what wakes a reader, and forgets what was sent by another rule or is under way, which may come to nothing,
   * and that it is noted.
   * Nothing happens if it is gone.
   */
  configure(shard: ShardKey, readerId: string, wakeRule: WakeRule): Promise<void>;
  /** May be repeated. Its owner, if it has one, is fenced. */
  remove(shard: ShardKey, readerId: string): Promise<void>;
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
  /** `recall`: nobody works until then, and that message goes on. */
  renew(lease: Lease, untilMs: number, recall?: Recall): Promise<FencedResult>;
  /**
   * Stores or replaces the pending plan. `order` rises with each save under one lease: a request that was thought
   * lost and arrives behind a later one, or behind the advance, changes nothing and answers `fenced`.
   */
  savePlan(lease: Lease, plan: Plan, order: number): Promise<FencedResult>;
  /** Moves the checkpoint forward and clears the plan; no reader is ahead of it any more. */
  advance(lease: Lease, from: Checkpoint, to: Checkpoint): Promise<FencedResult>;
  /**
   * For readers that go ahead of their checkpoint: moves it, forward or not at all, and replaces the plan and the
   * frontier in the same step. `order` as with `savePlan`.
   */
  moveOn(
    lease: Lease,
    to: { readonly checkpoint: Checkpoint; readonly frontier: Frontier; readonly plan: Plan },
    order: number,
  ): Promise<FencedResult>;
  /** Notes that the reader has read its closed shard to the end; its plan is cleared. May be repeated. */
  end(lease: Lease): Promise<FencedResult>;
  release(lease: Lease, recall?: Recall): Promise<void>;
  /**
   * Notes that a wake-up was sent, its shard being noted for the sweep. Nothing happens if the reader is gone, has
   * looked further meanwhile, or is woken by another rule by now, for what that one asks for is still to be sent.
   * `throttled`: the store was too busy.
   */
  markWoken(shard: ShardKey, readerId: string, sent: SentWake): Promise<"done" | "throttled">;
  /** From now on it does not count as noted for the sweep. */
  forgetNoted(shard: ShardKey, readerId: string): Promise<void>;
}

/** What a wake-up message says: this reader of this shard had looked up to this block when it was sent. */
export interface WakeUp {
  readonly shard: ShardKey;
  readonly readerId: string;
  readonly blockIndex: number;
}

export interface WakeQueue {
  /** `delaySeconds` 0..900. */
  send(wakeUp: WakeUp, delaySeconds: number): Promise<void>;
}
