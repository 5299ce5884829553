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
  /** All that was reserved so far, and said when it arrived, arrived before that; absent: nothing said it. */
  readonly reservedBeforeMs?: number;
}

/**
 * Where a shard stood when ten minutes of it began. The counter's ten minutes only rise, so that nothing below a mark
 * arrived in the ten minutes that it opens, or later, whatever the clocks of those who put it. There need not be a mark
 * for all ten minutes: nothing may have come, or who opened them died before he left it.
 */
export interface TimeMark {
  /** When the ten minutes begin. */
  readonly atMs: number;
  /** The first that was reserved in them, or later. */
  readonly blockIndex: number;
  /** All below `blockIndex` arrived before that: the end of the ten minutes that were open until then. */
  readonly reservedBeforeMs: number;
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
      /** This reservation opened ten minutes of the shard, and nobody else knows: the mark to be left. */
      readonly mark?: TimeMark;
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
  /** Producers' calls; absent: they are not counted. */
  readonly callCount?: number;
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
  /** As it is stored; `body.ts` reads it. */
  readonly body: BlockBody;
  /** Present: the body is sealed, and this is what opens it (`envelope.ts`). */
  readonly envelope?: Uint8Array;
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

/**
 * The port of time marks. They are hints: who finds none begins at the shard's start. They outlive all blocks that a
 * stream may still hold.
 */
export interface TimeMarks {
  /** May be repeated. */
  leaveMark(shard: ShardKey, mark: TimeMark): Promise<void>;
  /** The last mark of that time or earlier. */
  lastMark(shard: ShardKey, timeMs: number): Promise<TimeMark | undefined>;
  /** The first mark of that time or later. */
  nextMark(shard: ShardKey, timeMs: number): Promise<TimeMark | undefined>;
}

export interface LogStore extends TimeMarks {
  /**
   * Hands out the next block index. `closed` when the shard is sealed or does not exist.
   */
  reserve(
    shard: ShardKey,
    append: {
      readonly recordCount: number;
      readonly byteCount: number;
      /** How many calls it is of, for a limit that counts them; absent: one. */
      readonly callCount?: number;
      /** When it arrived, for the shard's time marks; absent: it is not counted there. */
      readonly arrivedAtMs?: number;
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
export interface BlockExpiry extends Pick<TimeMarks, "lastMark"> {
  /** What is reserved from now on is kept that long at least, whatever its writer remembers of the stream. */
  noteRetention(shard: ShardKey, retentionMs: number): Promise<void>;
  /**
   * Does the same, and notes that all blocks until now are to be extended, unless that was done under this id before: ids
   * rise with each raise. Answers the first index behind those that are left to extend; 0 when none is, or the shard is
   * gone.
   */
  beginExtension(
    shard: ShardKey,
    raise: { readonly id: number; readonly retentionMs: number },
  ): Promise<number>;
  /**
   * Makes the youngest entries of the range live until `lifetimeMs` after their arrival (tombstones: after `nowMs`) unless
   * they live longer already. One page; answers where the next one ends, `from` when all was seen. `throttled`: the store
   * is too busy; the page may be half done, and can be asked for again.
   */
  extendExpiry(
    range: ReadRange,
    options: {
      readonly lifetimeMs: number;
      readonly nowMs: number;
      /** Asked for the body of every block that is to live longer; a block whose body is gone is left to go, too. */
      readonly keepBody: (key: string) => Promise<string | undefined>;
    },
  ): Promise<number | "throttled">;
  /** Notes how far back the extension came, unless it came further, or another was begun. */
  noteExtended(shard: ShardKey, id: number, below: number): Promise<void>;
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
