/** What became of flushes, in memory. Nothing a user runs uses it. */
import type { DeliveryNote, DeliveryNotes, FlushNote } from "../../delivery/ports.ts";

export function memoryDeliveryNotes(): DeliveryNotes {
  const notes = new Map<string, DeliveryNote>();
  const flushes = new Map<string, Map<number, FlushNote>>();
  const latestFirst = (name: string) =>
    [...(flushes.get(name)?.values() ?? [])].toSorted((a, b) => b.fromBlock - a.fromBlock);
  return {
    async flushed(shard, readerId, flush) {
      const name = `${shard} ${readerId}`;
      const known = flushes.get(name) ?? new Map<number, FlushNote>();
      flushes.set(name, known.set(flush.fromBlock, flush));
    },
    async flushOf(shard, readerId, block) {
      const flush = latestFirst(`${shard} ${readerId}`).find(({ fromBlock }) => fromBlock <= block);
      return flush && block < flush.toBlock ? flush : undefined;
    },
    async flushes(shard, readerId, { beforeBlock = Number.POSITIVE_INFINITY, limit }) {
      return latestFirst(`${shard} ${readerId}`)
        .filter(({ fromBlock }) => fromBlock < beforeBlock)
        .slice(0, limit);
    },
    async get(shard, readerId) {
      return notes.get(`${shard} ${readerId}`);
    },
    async delivered(shard, readerId, { object, atMs }) {
      const before = notes.get(`${shard} ${readerId}`)?.lastObject;
      const last = object ? { ...object, atMs } : before;
      notes.set(`${shard} ${readerId}`, last ? { lastObject: last } : {});
    },
    async failed(shard, readerId, failure) {
      const before = notes.get(`${shard} ${readerId}`);
      const sinceMs = before?.failure?.sinceMs ?? failure.atMs;
      notes.set(`${shard} ${readerId}`, { ...before, failure: { ...failure, sinceMs } });
    },
  };
}
