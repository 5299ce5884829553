/** What became of flushes, in memory. Nothing a user runs uses it. */
import type { DeliveryNote, DeliveryNotes, FlushNote, FlushPlace } from "../../delivery/ports.ts";
import type { ShardKey } from "../../log/store.ts";

export function memoryDeliveryNotes(): DeliveryNotes {
  const notes = new Map<string, DeliveryNote>();
  const flushes = new Map<string, Map<string, FlushNote>>();
  const inOrder = (shard: ShardKey, readerId: string) =>
    [...(flushes.get(`${shard} ${readerId}`)?.values() ?? [])].toSorted(compare);
  return {
    async flushed(shard, readerId, flush) {
      const name = `${shard} ${readerId}`;
      const { fromBlock, toBlock, plannedAtMs } = flush;
      const place = plannedAtMs === undefined ? [fromBlock] : [fromBlock, toBlock, plannedAtMs];
      const known = flushes.get(name) ?? new Map<string, FlushNote>();
      flushes.set(name, known.set(place.join(), flush));
    },
    async flushOf(shard, readerId, block) {
      const flush = inOrder(shard, readerId).findLast(({ fromBlock }) => fromBlock <= block);
      return flush && block < flush.toBlock ? flush : undefined;
    },
    async flushesBehind(shard, readerId, block, limit) {
      return inOrder(shard, readerId)
        .filter(({ fromBlock }) => fromBlock > block)
        .slice(0, limit);
    },
    async flushes(shard, readerId, { before, limit }) {
      return inOrder(shard, readerId)
        .filter((flush) => before === undefined || compare(flush, before) < 0)
        .toReversed()
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

function compare(one: FlushPlace, other: FlushPlace): number {
  return (
    one.fromBlock - other.fromBlock ||
    orderOf(one).toBlock - orderOf(other).toBlock ||
    orderOf(one).plannedAtMs - orderOf(other).plannedAtMs
  );
}

/** One that is not of a partitioned stream is alone at its block, and stands before others there. */
function orderOf({ toBlock, plannedAtMs }: FlushPlace) {
  return plannedAtMs === undefined || toBlock === undefined
    ? { toBlock: -1, plannedAtMs: -1 }
    : { toBlock, plannedAtMs };
}
