/**
 * The port of data streams. A stream's own item carries its status and a revision that every change is
 * conditional on; its shards stand beside it, each with the counter of its log.
 */
import type { DataStream, Shard } from "./stream.ts";

export interface StreamStore {
  /** Reserves the name with a stream that has no shards yet. */
  create(stream: DataStream): Promise<"created" | "exists">;
  get(name: string): Promise<DataStream | undefined>;
  /** Names in byte order after `after`, at most `limit`. */
  list(options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]>;
  /** Replaces the stream if its stored revision is still `stream.revision - 1`. */
  update(stream: DataStream): Promise<"updated" | "conflict">;
  /** Removes the stream and all of its shards with their counters; may be repeated. */
  remove(stream: DataStream): Promise<void>;

  /** Writes shards and opens their logs; what stands already is left as it is. */
  addShards(stream: DataStream, shards: readonly Shard[]): Promise<void>;
  /** In the order of their indexes, strongly consistent. */
  shards(stream: Pick<DataStream, "name" | "generation">): Promise<readonly Shard[]>;
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
}

/** The port of secrets: each made by whoever needs it first, and the same for everybody from then on. */
export interface SecretStore {
  /** What is kept under that name; `candidate` where nothing was, kept from now on. */
  keepOnce(name: string, candidate: Uint8Array): Promise<Uint8Array>;
}
