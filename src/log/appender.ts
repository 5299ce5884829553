/** What `operations/` need of the log: append the records of one call to one shard, in order, all or nothing. */
import type { GroupRequest, LogRecord } from "./record.ts";
import type { ShardKey, ShardRoom } from "./store.ts";

export type AppendResult =
  | {
      readonly kind: "appended";
      readonly blockIndex: number;
      /** Position of the call's first record in that block; the others follow densely. */
      readonly position: number;
      /** How many of them stand there: all that were given. */
      readonly recordCount: number;
      readonly arrivedAtMs: number;
    }
  /** The shard is sealed or its stream is gone; nothing was stored. */
  | { readonly kind: "closed" }
  /**
   * The store is too busy, the shard's limit is reached, or the write took so long that a reader closed its place;
   * nothing was stored. `room` says what the limit would still let through.
   */
  | { readonly kind: "throttled"; readonly room?: ShardRoom };

export interface Appender {
  append(
    shard: ShardKey,
    records: readonly LogRecord[],
    options: {
      readonly retentionMs: number;
      /**
       * From the second attempt on, the shard is searched for the first one. Not where `members` are named: what
       * became of those is known only to who knows all the shards that they could have gone to.
       */
      readonly request?: GroupRequest;
      /** What the shard takes per second; absent: as much as the store takes. */
      readonly perSecond?: ShardRoom;
    },
  ): Promise<AppendResult>;
}
