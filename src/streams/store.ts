/**
 * The port of data streams. A stream's own item carries its status and a revision that every change is
 * conditional on; its shards stand beside it, each with the counter of its log.
 */
import type { ShardKey } from "../log/store.ts";
import type { DataStream, Shard } from "./stream.ts";

export interface StreamStore {
  /**
   * Reserves the name with a stream that has no shards yet. May be repeated; once that generation was removed, it
   * `exists`, for a day at least: what its log holds is not another stream's.
   */
  create(stream: DataStream): Promise<"created" | "exists">;
  get(name: string): Promise<DataStream | undefined>;
  /** Names in byte order after `after`, at most `limit`. */
  list(options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]>;
  /** Replaces the stream if its stored revision is still `stream.revision - 1`. */
  update(stream: DataStream): Promise<"updated" | "conflict">;
  /**
   * Removes shards of the stream with their counters and readers, at most `shardLimit` of them, and the stream itself
   * once none is left. May be repeated, also by several at once.
   */
  remove(
    stream: DataStream,
    options?: { readonly shardLimit: number },
  ): Promise<"removed" | "more">;

  /** Writes shards and opens their logs; what stands already is left as it is. */
  addShards(stream: DataStream, shards: readonly Shard[]): Promise<void>;
  /** In the order of their indexes, strongly consistent. */
  shards(stream: Pick<DataStream, "name" | "generation">): Promise<readonly Shard[]>;
  shard(
    stream: Pick<DataStream, "name" | "generation">,
    shardIndex: number,
  ): Promise<Shard | undefined>;
  /**
   * Seals a shard's log: nothing is reserved any more. Answers the first index that will never be used. May be
   * repeated.
   */
  seal(stream: DataStream, shardIndex: number): Promise<{ readonly finalBlockIndex: number }>;
  /** Notes on the shard that it is closed. */
  close(
    stream: DataStream,
    shardIndex: number,
    closed: NonNullable<Shard["closed"]>,
  ): Promise<void>;
  /**
   * Forgets a shard for good: its counter, then its readers, and last the shard itself. May be repeated, also after it was
   * cut off; until it is done the shard is among `shards`, without a head in the log.
   */
  forget(stream: Pick<DataStream, "name" | "generation">, shardIndex: number): Promise<void>;
}

/** The port of secrets: each made by whoever needs it first, and the same for everybody from then on. */
export interface SecretStore {
  /** What is kept under that name; `candidate` where nothing was, kept from now on. */
  keepOnce(name: string, candidate: Uint8Array): Promise<Uint8Array>;
}

/** What a shard's readers, or a stream's dry runs, have taken of one second. */
export interface ReadWindow {
  /** Since the epoch. */
  readonly second: number;
  readonly callCount: number;
  /** What was answered, and what earlier seconds still owe. */
  readonly byteCount: number;
}

/** The port of what is limited by the second: the readers of a shard, the dry runs of a stream. */
export interface ReadWindowStore {
  get(shard: ShardKey): Promise<ReadWindow | undefined>;
  /** Puts `after` where `before` still stands. An answer that is lost may show as a conflict. */
  replace(
    shard: ShardKey,
    before: ReadWindow | undefined,
    after: ReadWindow,
  ): Promise<"replaced" | "conflict">;
}

/** Where at most one subscription may be: a consumer at a shard. */
export interface SubscriptionPlace {
  readonly shard: ShardKey;
  /** Of one registration: the name that is registered again is another consumer. */
  readonly consumerId: string;
}

/** The port of subscriptions: who pushes a shard to a consumer. */
/** Told by `enter`, for `leave`. */
export interface RunningSubscription {
  readonly token: string;
  readonly overByMs: number;
}

export interface SubscriptionStore {
  /**
   * Takes a place that is free, or was claimed at `takeOverBeforeMs` or earlier. `too-soon`: somebody claimed it, with
   * or without success, after `callBeforeMs`; such a claim itself counts for nobody.
   */
  claim(
    place: SubscriptionPlace,
    claim: {
      /** Made by the caller for this one subscription. */
      readonly token: string;
      readonly nowMs: number;
      readonly takeOverBeforeMs: number;
      readonly callBeforeMs: number;
      /** When the subscription is over, whatever becomes of it: what is known of the place may be forgotten then. */
      readonly overByMs: number;
    },
  ): Promise<"claimed" | "held" | "too-soon">;
  /** The token of whoever has the place now. */
  holder(place: SubscriptionPlace): Promise<string | undefined>;
  /** Frees the place if the token is its holder's. */
  release(place: SubscriptionPlace, token: string): Promise<void>;
  /** Counts a subscription among those that run, at most `maxCount` at a time, until `leave` or until `overByMs`. */
  enter(count: {
    readonly token: string;
    readonly maxCount: number;
    readonly nowMs: number;
    readonly overByMs: number;
  }): Promise<RunningSubscription | "full">;
  leave(running: RunningSubscription): Promise<void>;
}
