/** Readers in memory: the twin that simulation and unit tests run on. Nothing a user runs uses it. */
import { isAhead } from "../../clock.ts";
import { LEASE_AHEAD_MAX_MS } from "../../limits.ts";
import type { ShardKey } from "../../log/store.ts";
import type { FencedResult, Lease, ReaderState, ReaderStore } from "../../readers/store.ts";

export interface MemoryReaders<Plan> extends ReaderStore<Plan> {
  /** Removes a shard's readers, as deleting its stream does. */
  close(shard: ShardKey): void;
}

type Stored<Plan> = ReaderState<Plan> & {
  readonly leaseToken?: string;
  /** Of the last plan saved under this epoch. */
  readonly planOrder?: number;
};

export function memoryReaders<Plan>(): MemoryReaders<Plan> {
  const readers = new Map<string, Stored<Plan>>();
  const keyOf = (shard: ShardKey, readerId: string) => `${shard} ${readerId}`;

  /** Applies a change if the lease still holds. */
  function fenced(lease: Lease, change: (reader: Stored<Plan>) => Stored<Plan>): FencedResult {
    const key = keyOf(lease.shard, lease.readerId);
    const reader = readers.get(key);
    if (reader?.epoch !== lease.epoch) return "fenced";
    readers.set(key, change(reader));
    return "done";
  }

  return {
    async open(shard, readerId, state) {
      const key = keyOf(shard, readerId);
      if (readers.has(key)) return;
      readers.set(key, { ...structuredClone(state), shard, readerId, epoch: 0 });
    },
    async configure(shard, readerId, wakeRule) {
      const key = keyOf(shard, readerId);
      const reader = readers.get(key);
      if (reader === undefined) return;
      const { woken: _past, isNoted: _noted, wakesAtMs: _future, wakesBy: _who, ...rest } = reader;
      readers.set(key, { ...rest, wakeRule, isReconfigured: true });
    },
    async remove(shard, readerId) {
      readers.delete(keyOf(shard, readerId));
    },
    close(shard) {
      for (const [key, reader] of readers) if (reader.shard === shard) readers.delete(key);
    },
    async get(shard, readerId) {
      const reader = readers.get(keyOf(shard, readerId));
      return reader && visible(reader);
    },
    async list(shard) {
      return [...readers.values()].filter((reader) => reader.shard === shard).map(visible);
    },
    async acquire(shard, readerId, { token, nowMs, untilMs }) {
      const key = keyOf(shard, readerId);
      const reader = readers.get(key);
      if (!reader) return { kind: "gone" };
      const { leasedUntilMs = 0 } = reader;
      if (reader.leaseToken !== token) {
        if (isAhead(leasedUntilMs, nowMs, LEASE_AHEAD_MAX_MS)) {
          return { kind: "held", untilMs: leasedUntilMs };
        }
        const { isReconfigured: _past, ...rest } = reader;
        readers.set(key, {
          ...rest,
          leasedUntilMs: untilMs,
          leaseToken: token,
          epoch: reader.epoch + 1,
          planOrder: 0,
        });
      }
      const state = visible(readers.get(key) as Stored<Plan>);
      return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
    },
    async renew(lease, untilMs) {
      return fenced(lease, (reader) => ({ ...reader, leasedUntilMs: untilMs }));
    },
    async savePlan(lease, plan, order) {
      const reader = readers.get(keyOf(lease.shard, lease.readerId));
      const { planOrder = 0 } = reader ?? {};
      if (reader?.epoch === lease.epoch && order <= planOrder)
        return order === planOrder ? "done" : "fenced";
      // A copy, as a database keeps one: later changes of the caller's object must not show.
      const copy = structuredClone(plan);
      return fenced(lease, (standing) => ({ ...standing, plan: copy, planOrder: order }));
    },
    async advance(lease, from, to) {
      const reader = readers.get(keyOf(lease.shard, lease.readerId));
      if (reader?.epoch !== lease.epoch) return "fenced";
      if (reader.checkpoint.blockIndex === to.blockIndex) return "done";
      if (reader.checkpoint.blockIndex !== from.blockIndex) return "fenced";
      return fenced(lease, ({ plan: _done, ...rest }) => ({ ...rest, checkpoint: to }));
    },
    async moveOn(lease, to, order) {
      const reader = readers.get(keyOf(lease.shard, lease.readerId));
      if (reader?.epoch !== lease.epoch) return "fenced";
      const { planOrder = 0 } = reader;
      if (order <= planOrder) return order === planOrder ? "done" : "fenced";
      if (to.checkpoint.blockIndex < reader.checkpoint.blockIndex) return "fenced";
      const copy = structuredClone(to);
      return fenced(lease, (standing) => ({ ...standing, ...copy, planOrder: order }));
    },
    async end(lease) {
      return fenced(lease, ({ plan: _done, ...rest }) => ({ ...rest, ended: true }));
    },
    async release(lease, recall) {
      fenced(lease, ({ leasedUntilMs: _over, wakesAtMs: _past, wakesBy: _who, ...rest }) =>
        recall ? { ...rest, wakesAtMs: recall.atMs, wakesBy: recall.messageId } : rest,
      );
    },
    async markWoken(shard, readerId, woken) {
      const key = keyOf(shard, readerId);
      const reader = readers.get(key);
      if (reader && (reader.frontier ?? reader.checkpoint).blockIndex === woken.blockIndex)
        readers.set(key, { ...reader, woken, isNoted: true });
    },
    async forgetNoted(shard, readerId) {
      const key = keyOf(shard, readerId);
      const { isNoted: _past, ...rest } = readers.get(key) ?? {};
      if (readers.has(key)) readers.set(key, rest as Stored<Plan>);
    },
  };

  function visible({
    leaseToken: _secret,
    planOrder: _order,
    ...reader
  }: Stored<Plan>): ReaderState<Plan> {
    return reader;
  }
}
