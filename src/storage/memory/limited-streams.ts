/** Delivery streams, data streams and mappings within a capacity. */
import type { MappingStore } from "../../consumer/ports.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import type { ShardKey } from "../../log/store.ts";
import type { StreamStore } from "../../streams/store.ts";
import { type DataStream, dataShardKey } from "../../streams/stream.ts";
import {
  counterKey,
  dataStreamKey,
  deliveryStreamKey,
  deliveryStreamNameKey,
  mappingKey,
  mappingNameKey,
  mappingOfKey,
  partitionKey,
  readerPartition,
  readerSlotKey,
  readerSlotPartition,
  shardKey,
} from "../dynamodb/keys.ts";
import { type LimitedClient, PAGE_MAX_BYTES, requestsTo } from "./limited.ts";
import { COUNTER_BYTES } from "./limited-log.ts";
import { limitedReaderSlots, READER_SLOT_BYTES } from "./limited-reader-slots.ts";
import { READER_HEAD_BYTES } from "./limited-readers.ts";

const DELIVERY_STREAM_BYTES = 1500;
const NAME_BYTES = 60;
const DATA_STREAM_BYTES = 1000;
const SHARD_BYTES = 250;
const MAPPING_BYTES = 1500;

export function limitedDeliveryStreams(
  streams: DeliveryStreamStore,
  client: LimitedClient,
): DeliveryStreamStore {
  const state = requestsTo(client, "state");
  const transact = <Answer>(
    name: string,
    lanes: readonly ShardKey[],
    act: () => Promise<Answer>,
  ): Promise<Answer> =>
    state.transact(
      [
        { key: deliveryStreamKey(name), byteCount: DELIVERY_STREAM_BYTES },
        { key: deliveryStreamNameKey(name), byteCount: NAME_BYTES },
        ...lanes.map((lane) => ({ key: counterKey(lane), byteCount: COUNTER_BYTES })),
      ],
      act,
    );
  return {
    ...streams,
    create: (stream, lanes, readers) =>
      transact(stream.name, lanes, () => streams.create(stream, lanes, readers)),
    get: (name) =>
      state.read(
        deliveryStreamKey(name),
        () => streams.get(name),
        () => DELIVERY_STREAM_BYTES,
      ),
    update(before, after, lanes) {
      const act = () => streams.update(before, after, lanes);
      return lanes === undefined
        ? state.write(deliveryStreamKey(after.name), DELIVERY_STREAM_BYTES, act)
        : transact(after.name, [...lanes.opened, ...lanes.removed], act);
    },
    sealLane: (lane) => state.write(counterKey(lane), COUNTER_BYTES, () => streams.sealLane(lane)),
    list: (options) =>
      state.read(
        deliveryStreamNameKey(options.after ?? ""),
        () => streams.list(options),
        (names) => names.length * NAME_BYTES,
      ),
    remove: (stream, lanes, nowMs) =>
      transact(stream.name, lanes, () => streams.remove(stream, lanes, nowMs)),
  };
}

export function limitedStreams(streams: StreamStore, client: LimitedClient): StreamStore {
  const state = requestsTo(client, "state");
  const slots = limitedReaderSlots(client);
  const put = <Answer>({ name }: DataStream, act: () => Promise<Answer>) =>
    state.write(dataStreamKey(name), DATA_STREAM_BYTES, act);
  /** A shard and its counter. */
  const touchShard = async (stream: DataStream, index: number) => {
    const counter = counterKey(dataShardKey(stream, index));
    await state.write(counter, COUNTER_BYTES, async () => {});
    await state.write(shardKey(stream, index), SHARD_BYTES, async () => {});
  };
  async function forget(stream: Pick<DataStream, "name" | "generation">, index: number) {
    const shard = dataShardKey(stream, index);
    await state.write(counterKey(shard), COUNTER_BYTES, async () => {});
    const find = async () => slots.ofShard(shard);
    const sizeOf = (found: readonly unknown[]) => found.length * READER_SLOT_BYTES;
    const used = await state.read(partitionKey(readerPartition(shard)), find, sizeOf);
    // At least one reader each, or there was one.
    for (const slot of used) {
      const inSlot = partitionKey(readerSlotPartition(shard, slot));
      await state.read(
        inSlot,
        async () => {},
        () => READER_HEAD_BYTES,
      );
      await state.write(inSlot, READER_HEAD_BYTES, async () => {});
      await state.write(readerSlotKey(shard, slot), READER_SLOT_BYTES, async () => {});
    }
    slots.forget(shard);
    await state.write(shardKey(stream, index), SHARD_BYTES, () => streams.forget(stream, index));
  }

  return {
    ...streams,
    forget,
    create: (stream) => put(stream, () => streams.create(stream)),
    get: (name) =>
      state.read(
        dataStreamKey(name),
        () => streams.get(name),
        () => DATA_STREAM_BYTES,
      ),
    list: (options) =>
      state.read(
        dataStreamKey(options.after ?? ""),
        () => streams.list(options),
        (names) => names.length * DATA_STREAM_BYTES,
      ),
    update: (stream) => put(stream, () => streams.update(stream)),
    // One after the other: what is done before the store becomes busy stays done.
    async remove(stream, { shardLimit } = { shardLimit: Infinity }) {
      const shards = await streams.shards(stream);
      for (const { index } of shards.slice(0, shardLimit)) {
        await forget(stream, index);
      }
      return shards.length < shardLimit ? put(stream, () => streams.remove(stream)) : "more";
    },
    async addShards(stream, shards) {
      for (const shard of shards) {
        await touchShard(stream, shard.index);
        await streams.addShards(stream, [shard]);
      }
    },
    async shards(stream) {
      const perPage = Math.floor(PAGE_MAX_BYTES / SHARD_BYTES);
      for (let at = 0; ; at += perPage) {
        const all = await state.read(
          shardKey(stream, at),
          () => streams.shards(stream),
          (found) => Math.max(0, Math.min(perPage, found.length - at)) * SHARD_BYTES,
        );
        if (at + perPage >= all.length) return all;
      }
    },
    shard: (stream, index) =>
      state.read(
        shardKey(stream, index),
        () => streams.shard(stream, index),
        () => SHARD_BYTES,
      ),
    seal: (stream, index) =>
      state.write(counterKey(dataShardKey(stream, index)), COUNTER_BYTES, () =>
        streams.seal(stream, index),
      ),
    close: (stream, index, closed) =>
      state.write(shardKey(stream, index), SHARD_BYTES, () => streams.close(stream, index, closed)),
  };
}

export function limitedMappings(mappings: MappingStore, client: LimitedClient): MappingStore {
  const state = requestsTo(client, "state");
  const put = <Answer>(uuid: string, act: () => Promise<Answer>) =>
    state.write(mappingKey(uuid), MAPPING_BYTES, act);
  const get: MappingStore["get"] = (uuid) =>
    state.read(
      mappingKey(uuid),
      () => mappings.get(uuid),
      () => MAPPING_BYTES,
    );
  return {
    ...mappings,
    create: (mapping) => {
      const pair = mappingOfKey(mapping.eventSourceArn, mapping.functionArn);
      const items = [
        { key: mappingKey(mapping.uuid), byteCount: MAPPING_BYTES },
        { key: pair, byteCount: SHARD_BYTES },
        { key: mappingNameKey(mapping.uuid), byteCount: NAME_BYTES },
      ];
      return state.transact(items, () => mappings.create(mapping));
    },
    get,
    lastResult: (uuid) =>
      state.read(
        mappingKey(uuid),
        () => mappings.lastResult(uuid),
        () => MAPPING_BYTES,
      ),
    async list(options) {
      const found = await state.read(
        mappingNameKey(options.after ?? ""),
        () => mappings.list(options),
        ({ length }) => length * NAME_BYTES,
      );
      const read = await Promise.all(found.map(({ uuid }) => get(uuid)));
      return read.filter((mapping) => mapping !== undefined);
    },
    update: (mapping) => put(mapping.uuid, () => mappings.update(mapping)),
    remove(mapping) {
      const items = [
        { key: mappingKey(mapping.uuid), byteCount: MAPPING_BYTES },
        { key: mappingNameKey(mapping.uuid), byteCount: NAME_BYTES },
      ];
      return state.transact(items, () => mappings.remove(mapping));
    },
    noteResult: (uuid, result) => put(uuid, () => mappings.noteResult(uuid, result)),
  };
}
