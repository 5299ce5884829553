/** Delivery streams in memory, on the memory log and readers. Nothing a user runs uses it. */
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
} from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore, NewReader } from "../../delivery/ports.ts";
import type { ShardKey } from "../../log/store.ts";
import type { MemoryLog } from "./log.ts";
import type { MemoryReaders } from "./readers.ts";

export function memoryDeliveryStreams<Plan>(
  log: MemoryLog,
  memoryReaders: MemoryReaders<Plan>,
): DeliveryStreamStore {
  const streams = new Map<string, DeliveryStream>();
  const removed = new Set<string>();

  async function openLanes(lanes: readonly ShardKey[], readers: readonly NewReader[]) {
    for (const lane of lanes) {
      log.open(lane);
      for (const { readerId, ...wakeRule } of readers)
        await memoryReaders.open(lane, readerId, {
          checkpoint: { blockIndex: 0, byteOffset: 0 },
          wakeRule,
        });
    }
  }

  async function removeLanes(lanes: readonly ShardKey[], areKept: boolean) {
    for (const lane of lanes) {
      if (areKept) log.seal(lane);
      else log.forget(lane);
      await memoryReaders.remove(lane, DELIVERY_READER);
      await memoryReaders.remove(lane, BACKUP_READER);
    }
  }

  const standsAs = (stream: DeliveryStream) =>
    JSON.stringify(streams.get(stream.name)) === JSON.stringify(stream);

  return {
    async create(stream, lanes, readers) {
      if (removed.has(stream.generation)) return "exists";
      const standing = streams.get(stream.name);
      if (standing) return standing.generation === stream.generation ? "created" : "exists";
      streams.set(stream.name, stream);
      await openLanes(lanes, readers);
      return "created";
    },
    async get(name) {
      return streams.get(name);
    },
    async update(before, after, lanes) {
      if (standsAs(after)) return "updated";
      if (!standsAs(before)) return "conflict";
      streams.set(after.name, after);
      if (lanes) await openLanes(lanes.opened, lanes.readers);
      await removeLanes(lanes?.removed ?? [], lanes?.keptUntilMs !== undefined);
      for (const { lane, readerId, checkpoint, ...wakeRule } of lanes?.joining ?? []) {
        await memoryReaders.open(lane, readerId, { checkpoint, wakeRule });
      }
      return "updated";
    },
    async sealLane(lane) {
      log.seal(lane);
    },
    async list({ after = "", limit }) {
      return [...streams.keys()]
        .filter((name) => name > after)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .slice(0, limit);
    },
    async remove(stream, lanes) {
      if (streams.get(stream.name)?.generation !== stream.generation) return "gone";
      if (!standsAs(stream)) return "conflict";
      streams.delete(stream.name);
      removed.add(stream.generation);
      await removeLanes(lanes, false);
      return "removed";
    },
  };
}
