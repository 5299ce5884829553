/** Data streams in memory, on the memory log and readers. Nothing a user runs uses it. */
import type { StreamStore } from "../../streams/store.ts";
import { type DataStream, dataShardKey, type Shard } from "../../streams/stream.ts";
import type { MemoryLog } from "./log.ts";
import type { MemoryReaders } from "./readers.ts";

export function memoryStreams(
  log: MemoryLog,
  readers?: Pick<MemoryReaders<unknown>, "close">,
): StreamStore {
  const streams = new Map<string, DataStream>();
  const shardsOf = new Map<string, Map<number, Shard>>();
  const removed = new Set<string>();
  const idOf = ({ name, generation }: Pick<DataStream, "name" | "generation">) =>
    `${name}/${generation}`;

  function forget(stream: Pick<DataStream, "name" | "generation">, shardIndex: number): void {
    const shard = dataShardKey(stream, shardIndex);
    log.forget(shard);
    readers?.close(shard);
    shardsOf.get(idOf(stream))?.delete(shardIndex);
  }

  return {
    async forget(stream, shardIndex) {
      forget(stream, shardIndex);
    },
    async create(stream) {
      const standing = streams.get(stream.name);
      if (standing) return standing.generation === stream.generation ? "created" : "exists";
      if (removed.has(idOf(stream))) return "exists";
      streams.set(stream.name, structuredClone(stream));
      return "created";
    },
    async get(name) {
      return structuredClone(streams.get(name));
    },
    async list({ after = "", limit }) {
      return [...streams.keys()]
        .filter((name) => name > after)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .slice(0, limit);
    },
    async update(stream) {
      const standing = streams.get(stream.name);
      if (standing?.generation !== stream.generation) return "conflict";
      if (standing.revision !== stream.revision - 1) return "conflict";
      streams.set(stream.name, structuredClone(stream));
      return "updated";
    },
    async remove(stream, { shardLimit } = { shardLimit: Infinity }) {
      const shards = shardsOf.get(idOf(stream));
      const indexes = [...(shards?.keys() ?? [])].slice(0, shardLimit);
      for (const index of indexes) forget(stream, index);
      if (indexes.length === shardLimit) return "more";
      shardsOf.delete(idOf(stream));
      removed.add(idOf(stream));
      if (streams.get(stream.name)?.generation === stream.generation) streams.delete(stream.name);
      return "removed";
    },
    async addShards(stream, shards) {
      const known = shardsOf.get(idOf(stream)) ?? new Map<number, Shard>();
      shardsOf.set(idOf(stream), known);
      for (const shard of shards) {
        log.open(dataShardKey(stream, shard.index));
        if (shard.closed) log.seal(dataShardKey(stream, shard.index));
        if (!known.has(shard.index)) known.set(shard.index, shard);
      }
    },
    async shards(stream) {
      const known = [...(shardsOf.get(idOf(stream))?.values() ?? [])];
      return known.toSorted((a, b) => a.index - b.index);
    },
    async shard(stream, shardIndex) {
      return shardsOf.get(idOf(stream))?.get(shardIndex);
    },
    async seal(stream, shardIndex) {
      const shard = dataShardKey(stream, shardIndex);
      log.seal(shard);
      const head = await log.head(shard);
      if (head === undefined) throw new Error(`no shard ${shardIndex} in ${stream.name}`);
      return { finalBlockIndex: head.blockIndex };
    },
    async close(stream, shardIndex, closed) {
      const known = shardsOf.get(idOf(stream));
      const shard = known?.get(shardIndex);
      if (!known || !shard) throw new Error(`no shard ${shardIndex} in ${stream.name}`);
      if (!shard.closed) known.set(shardIndex, { ...shard, closed });
    },
  };
}
