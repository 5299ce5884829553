/** What became of flushes, in memory. Nothing a user runs uses it. */
import type { DeliveryNote, DeliveryNotes } from "../../delivery/ports.ts";

export function memoryDeliveryNotes(): DeliveryNotes {
  const notes = new Map<string, DeliveryNote>();
  return {
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
