/**
 * The proof of a producer's call: which places in the log are its records', and which records were refused. It is
 * written once all places are reserved and before any of them is filled, so whoever reads it knows every place that
 * an attempt of the call may ever fill; a place that is still empty can be closed, and its records put anew.
 *
 *     attempt 1   reserve all places ──▶ proof, if there is none ──▶ blocks ──▶ answer
 *     attempt n   read the proof ──▶ close what is empty ──▶ reserve that anew ──▶ proof, if it is as read ──▶ …
 */

/** Names the proof of one call into one stream: `<invocation key>/<call>`, see `log/retry.ts`. */
export type ProofKey = string & { readonly __brand: "ProofKey" };

/** Names all proofs of one invocation id into one stream: as a rule one. */
export type InvocationKey = string & { readonly __brand: "InvocationKey" };

/** Where some records of a call stand, or shall stand, one behind the other. */
export interface ProvenPlace {
  /** Which of its stream's shards or lanes. */
  readonly shardNumber: number;
  readonly blockIndex: number;
  /** Of the first of them in the block. */
  readonly position: number;
  readonly arrivedAtMs: number;
  /** By their positions in the call, rising. */
  readonly records: readonly number[];
}

/** Records that it does not name are still to be put. */
export interface CallProof {
  readonly places: readonly ProvenPlace[];
  /** Those that were answered as not taken, by their positions in the call, rising. */
  readonly refused: readonly number[];
}

export interface ProofTimes {
  /** A proof that ended before does not count any more. */
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export type ProofWritten =
  | { readonly kind: "written" }
  /** Another one stands, or the one that was read is gone. */
  | { readonly kind: "lost" }
  /** The store is too busy; nothing was written. */
  | { readonly kind: "throttled" };

/** The port of proofs, as `packProof` makes them. No two values of a key are ever the same. */
export interface ProofStore {
  /** Strongly consistent; `undefined` when there is none, or it is over by `nowMs`. */
  get(key: ProofKey, nowMs: number): Promise<Uint8Array | undefined>;
  /**
   * Puts `next` in the place of `before`, which was read; of none, when it is `undefined`. The same once more, by an
   * attempt of the client's whose first answer was lost, is `written`, too.
   */
  replace(
    key: ProofKey,
    before: Uint8Array | undefined,
    next: Uint8Array,
    times: ProofTimes,
  ): Promise<ProofWritten>;
}

/** For who knows of a call no more than its invocation id. */
export interface ProofIndex {
  /** Strongly consistent: those that count; of more than a few, some. */
  list(invocation: InvocationKey, nowMs: number): Promise<readonly Uint8Array[]>;
}
