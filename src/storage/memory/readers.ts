/** Readers in memory: the twin that simulation and unit tests run on. Nothing a user runs uses it. */
import { isDeepStrictEqual } from "node:util";
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
  const shards = new Map<ShardKey, Map<string, Stored<Plan>>>();
  const find = (shard: ShardKey, readerId: string) => shards.get(shard)?.get(readerId);

  function store(reader: Stored<Plan>): void {
    const { shard, readerId } = reader;
    const standing = shards.get(shard) ?? new Map<string, Stored<Plan>>();
    shards.set(shard, standing.set(readerId, reader));
  }

  /** Applies a change if the lease still holds. */
  function fenced(lease: Lease, change: (reader: Stored<Plan>) => Stored<Plan>): FencedResult {
    const reader = find(lease.shard, lease.readerId);
    if (reader?.epoch !== lease.epoch) return "fenced";
    store(change(reader));
    return "done";
  }

  return {
    async open(shard, readerId, state) {
      if (find(shard, readerId)) return;
      store({ ...structuredClone(state), shard, readerId, epoch: 0 });
    },
    async configure(shard, readerId, wakeRule) {
      const reader = find(shard, readerId);
      if (reader === undefined) return;
      const { woken: _past, isNoted: _noted, wakesAtMs: _future, wakesBy: _who, ...rest } = reader;
      store({ ...rest, wakeRule, isReconfigured: true });
    },
    async remove(shard, readerId) {
      shards.get(shard)?.delete(readerId);
    },
    close(shard) {
      shards.delete(shard);
    },
    async get(shard, readerId) {
      const reader = find(shard, readerId);
      return reader && visible(reader);
    },
    async list(shard) {
      return [...(shards.get(shard)?.values() ?? [])].map(visible);
    },
    async acquire(shard, readerId, { token, nowMs, untilMs }) {
      const reader = find(shard, readerId);
      if (!reader) return { kind: "gone" };
      const { leasedUntilMs = 0 } = reader;
      if (reader.leaseToken !== token) {
        if (isAhead(leasedUntilMs, nowMs, LEASE_AHEAD_MAX_MS)) {
          return { kind: "held" };
        }
        const { isReconfigured: _past, ...rest } = reader;
        store({
          ...rest,
          leasedUntilMs: untilMs,
          leaseToken: token,
          epoch: reader.epoch + 1,
          planOrder: 0,
        });
      }
      const state = visible(find(shard, readerId) as Stored<Plan>);
      return { kind: "acquired", lease: { shard, readerId, epoch: state.epoch }, state };
    },
    async renew(lease, untilMs, recall) {
      return fenced(lease, (reader) => ({
        ...reader,
        leasedUntilMs: untilMs,
        ...(recall && { wakesAtMs: recall.atMs, wakesBy: recall.messageId }),
      }));
    },
    async savePlan(lease, plan, order) {
      const reader = find(lease.shard, lease.readerId);
      const { planOrder = 0 } = reader ?? {};
      if (reader?.epoch === lease.epoch && order <= planOrder)
        return order === planOrder ? "done" : "fenced";
      // A copy, as a database keeps one: later changes of the caller's object must not show.
      const copy = structuredClone(plan);
      return fenced(lease, (standing) => ({ ...standing, plan: copy, planOrder: order }));
    },
    async advance(lease, from, to) {
      const reader = find(lease.shard, lease.readerId);
      if (reader?.epoch !== lease.epoch) return "fenced";
      if (reader.checkpoint.blockIndex === to.blockIndex) return "done";
      if (reader.checkpoint.blockIndex !== from.blockIndex) return "fenced";
      return fenced(lease, ({ plan: _done, frontier: _passed, ...rest }) => ({
        ...rest,
        checkpoint: to,
      }));
    },
    async moveOn(lease, to, order) {
      const reader = find(lease.shard, lease.readerId);
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
    async markWoken(shard, readerId, { rule, ...woken }) {
      const reader = find(shard, readerId);
      if (reader === undefined || !isDeepStrictEqual(reader.wakeRule, rule)) return "done";
      if ((reader.frontier ?? reader.checkpoint).blockIndex !== woken.blockIndex) return "done";
      store({ ...reader, woken, isNoted: true });
      return "done";
    },
    async forgetNoted(shard, readerId) {
      const reader = find(shard, readerId);
      if (reader === undefined) return;
      const { isNoted: _past, ...rest } = reader;
      store(rest);
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
