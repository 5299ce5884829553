/** Delivery streams in memory, on the memory log and readers. Nothing a user runs uses it. */
import type { DeliveryStream } from "../../delivery/delivery-stream.ts";
import type { DeliveryStreamStore } from "../../delivery/ports.ts";
import type { MemoryLog } from "./log.ts";
import type { MemoryReaders } from "./readers.ts";

export function memoryDeliveryStreams<Plan>(
  log: MemoryLog,
  memoryReaders: MemoryReaders<Plan>,
): DeliveryStreamStore {
  const streams = new Map<string, DeliveryStream>();
  const removed = new Set<string>();
  return {
    async create(stream, lanes, readers) {
      if (removed.has(stream.generation)) return "exists";
      const standing = streams.get(stream.name);
      if (standing) return standing.generation === stream.generation ? "created" : "exists";
      streams.set(stream.name, stream);
      for (const lane of lanes) {
        log.open(lane);
        for (const { readerId, ...wakeRule } of readers)
          await memoryReaders.open(lane, readerId, {
            checkpoint: { blockIndex: 0, byteOffset: 0 },
            wakeRule,
          });
      }
      return "created";
    },
    async get(name) {
      return streams.get(name);
    },
    async update(before, after) {
      const standing = streams.get(before.name);
      if (JSON.stringify(standing) === JSON.stringify(after)) return "updated";
      if (JSON.stringify(standing) !== JSON.stringify(before)) return "conflict";
      streams.set(after.name, after);
      return "updated";
    },
    async list({ after = "", limit }) {
      return [...streams.keys()]
        .filter((name) => name > after)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .slice(0, limit);
    },
    async remove(stream, lanes) {
      if (streams.get(stream.name)?.generation !== stream.generation) return "gone";
      streams.delete(stream.name);
      removed.add(stream.generation);
      for (const lane of lanes) {
        log.seal(lane);
        memoryReaders.close(lane);
      }
      return "removed";
    },
  };
}
