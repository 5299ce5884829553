/**
 * The port of the shard log: a write-once sequence of blocks at dense indexes 0, 1, 2, … per shard, and a
 * counter that hands the indexes out. Adapters keep three promises: an index is reserved once, an index is
 * written once (data or tombstone, never both), and a read that starts after a write returned sees that write.
 */

/** Names one shard log, e.g. `firehose/access-logs/5c1f09ab27de4410/0000`. Never reused: it holds the stream's generation. */
export type ShardKey = string & { readonly __brand: "ShardKey" };

/** How far a shard has been reserved. Blocks below `blockIndex` may still be on their way. */
export interface ShardHead {
  /** The next index to be handed out. */
  readonly blockIndex: number;
  /** Records reserved so far; the number of the next block's first record. */
  readonly recordCount: number;
  /** Bytes of record data reserved so far. */
  readonly byteOffset: number;
  readonly sealed: boolean;
}

export type ReserveResult =
  | {
      readonly kind: "reserved";
      readonly blockIndex: number;
      readonly firstRecord: number;
      /** Bytes of record data in the shard before this block. */
      readonly byteOffset: number;
      /** What the block must live at least, if the shard's retention was changed. */
      readonly retentionMs?: number;
      readonly aheadSecond?: number;
    }
  /** The shard is sealed, or its stream is gone. */
  | { readonly kind: "closed" }
  /**
   * The store is too busy, or the shard's limit for this second is reached; nothing was reserved. `room` says what
   * the limit would still let through. `aheadSecond` is there when the shard is counted by a clock that is ahead of the
   * caller's: the second since the epoch that it has come to at least.
   */
  | { readonly kind: "throttled"; readonly room?: ShardRoom; readonly aheadSecond?: number };

/** What a shard takes within one second, or still takes within this one. */
export interface ShardRoom {
  readonly recordCount: number;
  readonly byteCount: number;
}

/** A shard's limit, counted in windows of one second by the clock that is furthest ahead. */
export interface ShardLimit {
  readonly perSecond: ShardRoom;
  readonly nowMs: number;
}

/** Where a block's framed records are: in the item, or in the log bucket under `key`. */
export type BlockBody =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "object"; readonly key: string; readonly byteCount: number };

export interface BlockHeader {
  readonly shard: ShardKey;
  readonly index: number;
  readonly firstRecord: number;
  readonly recordCount: number;
  /** Bytes of record data in the shard before this block. */
  readonly byteOffset: number;
  /** Bytes of record data in this block. */
  readonly byteCount: number;
  readonly arrivedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Block extends BlockHeader {
  readonly kind: "data";
  /** Made by the writer for this one attempt; tells an ambiguous retry from a lost race. */
  readonly token: string;
  readonly body: BlockBody;
}

export interface Tombstone {
  readonly kind: "tombstone";
  readonly shard: ShardKey;
  readonly index: number;
}

export type LogEntry = Block | Tombstone;

export type WriteResult =
  | { readonly kind: "written" }
  /** Somebody else's entry stands at this index. */
  | { readonly kind: "lost"; readonly winner: "tombstone" | "data" }
  /** The store is too busy; nothing was written. */
  | { readonly kind: "throttled" };

export interface ReadRange {
  readonly shard: ShardKey;
  /** First index wanted. */
  readonly from: number;
  /** First index not wanted. Required, for a log has no end of its own: what is missing may have been reserved. */
  readonly to: number;
}

export interface LogStore {
  /**
   * Hands out the next block index. `closed` when the shard is sealed or does not exist.
   */
  reserve(
    shard: ShardKey,
    append: {
      readonly recordCount: number;
      readonly byteCount: number;
      /** Absent: as much as the store takes. */
      readonly limit?: ShardLimit;
    },
  ): Promise<ReserveResult>;

  /** Writes a block once; writing the same token again is `written`, too. */
  write(block: Block): Promise<WriteResult>;

  /** Closes a hole. Answers what stands at the index now. */
  fill(shard: ShardKey, index: number, expiresAtMs: number): Promise<LogEntry>;

  /** Entries in rising order of index, strongly consistent, missing indexes skipped. */
  read(range: ReadRange): AsyncIterable<LogEntry>;

  head(shard: ShardKey): Promise<ShardHead | undefined>;

  /**
   * Makes the shard's doorbell ring again although nothing was appended. `openedAtMs`: when the oldest record
   * that still waits arrived.
   */
  ring(shard: ShardKey, openedAtMs: number): Promise<void>;
}

/**
 * The port of changing a shard's retention: of the blocks to come, and of those that stand. Readers do not need it,
 * for they look at the time of arrival.
 */
export interface BlockExpiry {
  /**
   * What is reserved from now on lives at least that long, whatever its writer remembers of the stream. Answers the
   * first index that this holds for; 0 when the shard is gone.
   */
  noteRetention(shard: ShardKey, retentionMs: number): Promise<number>;
  /**
   * Makes the entries of [from, to) live until `retentionMs` after their arrival (tombstones: after `nowMs`) unless
   * they live longer already. One page; answers the first index it did not look at, `to` when it saw all.
   */
  extendExpiry(
    range: ReadRange,
    options: {
      readonly retentionMs: number;
      readonly nowMs: number;
      /** Asked for the body of every block that is to live longer; a block whose body is gone is left to go, too. */
      readonly keepBody: (key: string) => Promise<string | undefined>;
    },
  ): Promise<number>;
}

/** The port of large block bodies. Bodies are written before their index is reserved; orphans expire. */
export interface BodyStore {
  /**
   * It is there for at least `retentionMs`; some days more, not for ever. Answers its key, `undefined` when the store is
   * too busy and kept nothing.
   */
  put(body: Uint8Array, retentionMs: number): Promise<string | undefined>;
  get(key: string): Promise<Uint8Array>;
  /**
   * Makes a body stay for at least `retentionMs` from now and answers its key from then on, be it a new one; what
   * stands under the old one stays as long as it would have. `undefined` when there is no such body.
   */
  keep(key: string, retentionMs: number): Promise<string | undefined>;
}
