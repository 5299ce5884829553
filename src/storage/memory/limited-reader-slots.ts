/** The slots of `dynamodb/reader-slots.ts` within a capacity: what their items say, and what it costs to ask them. */
import type { ShardKey } from "../../log/store.ts";
import { type ReaderSlot, readerSlotKey } from "../dynamodb/keys.ts";
import type { Capacity } from "./capacity.ts";
import { type LimitedClient, requestsTo } from "./limited.ts";

export const READER_SLOT_BYTES = 80;

interface SlotItem {
  readonly opened: number;
  readonly isEmpty: boolean;
}

/** All processes meet the same. */
const itemsOfAll = new WeakMap<Capacity, Map<ShardKey, Map<ReaderSlot, SlotItem>>>();

export function limitedReaderSlots(client: LimitedClient) {
  const state = requestsTo(client, "state");
  const all = itemsOfAll.get(client.capacity) ?? new Map<ShardKey, Map<ReaderSlot, SlotItem>>();
  itemsOfAll.set(client.capacity, all);

  const itemsOf = (shard: ShardKey) => all.get(shard) ?? new Map<ReaderSlot, SlotItem>();
  const write = (shard: ShardKey, slot: ReaderSlot, change: (item?: SlotItem) => SlotItem) =>
    state.write(readerSlotKey(shard, slot), READER_SLOT_BYTES, async () => {
      all.set(shard, itemsOf(shard).set(slot, change(itemsOf(shard).get(slot))));
    });

  return {
    /** As of now; to be asked within a read. */
    ofShard: (shard: ShardKey) => [...itemsOf(shard).keys()],
    used: (shard: ShardKey) =>
      [...itemsOf(shard)].flatMap(([slot, { isEmpty }]) => (isEmpty ? [] : [slot])),
    use: (shard: ShardKey, slot: ReaderSlot) =>
      write(shard, slot, (item) => ({ opened: (item?.opened ?? 0) + 1, isEmpty: false })),
    async leave(shard: ShardKey, slot: ReaderSlot, isAnybodyIn: () => Promise<boolean>) {
      const seen = await state.read(
        readerSlotKey(shard, slot),
        async () => itemsOf(shard).get(slot),
        () => READER_SLOT_BYTES,
      );
      if (seen === undefined || seen.isEmpty || (await isAnybodyIn())) return;
      await write(shard, slot, (item) =>
        item?.opened === seen.opened ? { ...item, isEmpty: true } : (item ?? seen),
      );
    },
    forget: (shard: ShardKey) => void all.delete(shard),
  };
}
