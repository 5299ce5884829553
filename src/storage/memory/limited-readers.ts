/** Readers' checkpoints, leases and plans within a capacity. */
import type { ShardKey } from "../../log/store.ts";
import type { ReaderState, ReaderStore } from "../../readers/store.ts";
import {
  partitionKey,
  readerKey,
  readerPartition,
  readerSlot,
  type ReaderSlot,
  readerSlotPartition,
} from "../dynamodb/keys.ts";
import { limitedReaderSlots, READER_SLOT_BYTES } from "./limited-reader-slots.ts";
import { isBusy, type LimitedClient, PAGE_MAX_BYTES, requestsTo, sender } from "./limited.ts";

/** Without its plan. */
export const READER_HEAD_BYTES = 300;

export function limitedReaders<Plan>(
  readers: ReaderStore<Plan>,
  client: LimitedClient,
): ReaderStore<Plan> {
  const state = requestsTo(client, "state");
  const send = sender(client);
  const slots = limitedReaderSlots(client);

  async function change<Answer>(
    shard: ShardKey,
    readerId: string,
    act: () => Promise<Answer>,
    plan?: unknown,
  ): Promise<Answer> {
    // An update pays for the larger of what stands and what comes of it.
    const standing = await readers.get(shard, readerId);
    const byteCount = Math.max(readerBytes(standing), READER_HEAD_BYTES + planBytes(plan));
    return state.write(readerKey(shard, readerId), byteCount, act);
  }

  async function listIn(
    shard: ShardKey,
    slot: ReaderSlot | undefined,
    limit = Infinity,
  ): Promise<readonly ReaderState<Plan>[]> {
    const partition = slot ? readerSlotPartition(shard, slot) : readerPartition(shard);
    const find = async () => {
      const all = await readers.list(shard);
      return all.filter(({ readerId }) => readerSlot(shard, readerId) === slot).slice(0, limit);
    };
    const sizeOf = (found: readonly ReaderState<Plan>[]) =>
      found.reduce((sum, reader) => sum + readerBytes(reader), 0) +
      (slot ? 0 : slots.ofShard(shard).length * READER_SLOT_BYTES);
    const found = await state.read(partitionKey(partition), find, sizeOf);
    // Of further pages only the time is left to be paid.
    for (let rest = sizeOf(found) - PAGE_MAX_BYTES; rest > 0; rest -= PAGE_MAX_BYTES) {
      await send(async () => {});
    }
    return found;
  }

  return {
    async open(shard, readerId, opened) {
      await change(shard, readerId, () => readers.open(shard, readerId, opened));
      const slot = readerSlot(shard, readerId);
      if (slot) await slots.use(shard, slot);
    },
    configure: (shard, readerId, wakeRule) =>
      change(shard, readerId, () => readers.configure(shard, readerId, wakeRule)),
    async remove(shard, readerId) {
      await change(shard, readerId, () => readers.remove(shard, readerId));
      const slot = readerSlot(shard, readerId);
      if (!slot) return;
      await slots.leave(shard, slot, async () => (await listIn(shard, slot, 1)).length > 0);
    },
    get: (shard, readerId) =>
      state.read(readerKey(shard, readerId), () => readers.get(shard, readerId), readerBytes),
    async list(shard) {
      const own = await listIn(shard, undefined);
      const inSlots = await Promise.all(slots.used(shard).map((slot) => listIn(shard, slot)));
      return [...own, ...inSlots.flat()];
    },
    acquire: (shard, readerId, claim) =>
      change(shard, readerId, () => readers.acquire(shard, readerId, claim)),
    renew: (lease, untilMs, recall) =>
      change(lease.shard, lease.readerId, () => readers.renew(lease, untilMs, recall)),
    savePlan: (lease, plan, order) =>
      change(lease.shard, lease.readerId, () => readers.savePlan(lease, plan, order), plan),
    advance: (lease, from, to) =>
      change(lease.shard, lease.readerId, () => readers.advance(lease, from, to)),
    moveOn: (lease, to, order) =>
      change(lease.shard, lease.readerId, () => readers.moveOn(lease, to, order), to.plan),
    end: (lease) => change(lease.shard, lease.readerId, () => readers.end(lease)),
    release: (lease, recall) =>
      change(lease.shard, lease.readerId, () => readers.release(lease, recall)),
    markWoken: (shard, readerId, woken) =>
      change(shard, readerId, () => readers.markWoken(shard, readerId, woken)).catch(
        (error: unknown) => {
          if (isBusy(error)) return "throttled";
          throw error;
        },
      ),
    forgetNoted: (shard, readerId) =>
      change(shard, readerId, () => readers.forgetNoted(shard, readerId)),
  };
}

function readerBytes(reader: ReaderState<unknown> | undefined): number {
  return READER_HEAD_BYTES + planBytes(reader?.plan);
}

function planBytes(plan: unknown): number {
  return plan === undefined ? 0 : JSON.stringify(plan).length;
}
