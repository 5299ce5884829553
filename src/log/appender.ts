/** What `operations/` need of the log: append the records of one call to one of a stream's lanes, all or nothing. */
import type { BlockSealer } from "./block-seals.ts";
import type { LogRecord, ProducerRequest } from "./record.ts";
import type { ShardKey, ShardRoom } from "./store.ts";

export interface CallAppend {
  /** Of the stream that takes the call. */
  readonly name: string;
  readonly generation: string;
  readonly records: readonly LogRecord[];
  readonly retentionMs: number;
  /** Absent: the records are stored as they are. */
  readonly sealer?: BlockSealer;
  /** What a lane takes in a second; absent: as much as it can. */
  readonly perSecond?: ShardRoom;
  /** Absent: nothing proves the call's retries. */
  readonly request?: ProducerRequest;
  /** Asked for each place that is to be taken; any lane will do but those that have no room now. `undefined`: there is no other. */
  chooseLane(full: readonly number[]): number | undefined;
  keyOf(lane: number): ShardKey;
}

export type CallAppended =
  | {
      readonly kind: "appended";
      readonly lane: number;
      readonly blockIndex: number;
      /** Position of the call's first record in that block; the others follow densely. */
      readonly position: number;
      readonly arrivedAtMs: number;
      /** The block that stands; an earlier attempt may have written it, when that was otherwise. */
      readonly isSealed: boolean;
    }
  /** The lane is sealed or its stream is gone; nothing was stored. */
  | { readonly kind: "closed" }
  /** No lane that was tried has room now; no place was taken. `isOverLimit`: `perSecond` is all that was in the way. */
  | { readonly kind: "full"; readonly isOverLimit: boolean }
  /** The store is too busy, or others kept closing the call's place; nothing was stored. */
  | { readonly kind: "throttled" };

export interface Appender {
  /** Once for all attempts of the call. */
  append(call: CallAppend): Promise<CallAppended>;
}
