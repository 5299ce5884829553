/** What `operations/` need of the log: append the records of one call to one shard, in order, all or nothing. */
import type { LogRecord, ProducerRequest } from "./record.ts";
import type { ShardKey } from "./store.ts";

export type AppendResult =
  | {
      readonly kind: "appended";
      readonly blockIndex: number;
      /** Position of the call's first record in that block; the others follow densely. */
      readonly position: number;
      readonly arrivedAtMs: number;
    }
  /** The shard is sealed or its stream is gone; nothing was stored. */
  | { readonly kind: "closed" }
  /** The store is too busy, or the write took so long that a reader closed its place; nothing was stored. */
  | { readonly kind: "throttled" };

export interface Appender {
  append(
    shard: ShardKey,
    records: readonly LogRecord[],
    options: { readonly retentionMs: number; readonly request?: ProducerRequest },
  ): Promise<AppendResult>;
}
