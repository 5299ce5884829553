/**
 * What a process remembers that is woken for one shard or another: the stream's own item for some seconds, and of each
 * shard what never changes. Whoever places records needs all shards of a stream, a reader its own alone; so what it
 * reads does not grow with the stream, however many of its shards are closed at once.
 */
import { isFresh } from "../clock.ts";
import { DATA_STREAM_CACHE_MAX_AGE_MS, KNOWN_SHARDS_MAX_COUNT } from "../limits.ts";
import { type LifecyclePorts, settle } from "./lifecycle.ts";
import { type DataStream, dataShardKey, type Shard } from "./stream.ts";

export interface ShardLookup {
  /** As it is remembered; a stream in the midst of a change is not. */
  stream(name: string): Promise<DataStream | undefined>;
  /** Asks the store, whatever is remembered, and finishes what was left half done. */
  refresh(name: string): Promise<DataStream | undefined>;
  /** Whether it is closed is as it was when it was asked for first. */
  shard(
    stream: Pick<DataStream, "name" | "generation">,
    shardIndex: number,
  ): Promise<Shard | undefined>;
}

export function shardLookup(ports: LifecyclePorts): ShardLookup {
  const { dataStreams, clock } = ports;
  const streams = new Map<string, { readonly stream: DataStream; readonly atMs: number }>();
  const shards = new Map<string, Shard>();

  async function refresh(name: string): Promise<DataStream | undefined> {
    const atMs = clock.now();
    streams.delete(name);
    const found = await dataStreams.get(name);
    const stream = found && (await settle(ports, found));
    const isAtRest = stream?.status === "ACTIVE" && stream.pendingReshard === undefined;
    if (isAtRest) streams.set(name, { stream, atMs });
    return stream;
  }

  return {
    async stream(name) {
      const known = streams.get(name);
      const isKnown = known && isFresh(known.atMs, clock.now(), DATA_STREAM_CACHE_MAX_AGE_MS);
      return isKnown ? known.stream : refresh(name);
    },
    refresh,
    async shard(stream, shardIndex) {
      const key = dataShardKey(stream, shardIndex);
      const known = shards.get(key);
      if (known !== undefined) return known;
      const shard = await dataStreams.shard(stream, shardIndex);
      if (shard === undefined) return undefined;
      shards.set(key, shard);
      const [oldest] = shards.keys();
      if (shards.size > KNOWN_SHARDS_MAX_COUNT) shards.delete(oldest!);
      return shard;
    },
  };
}
