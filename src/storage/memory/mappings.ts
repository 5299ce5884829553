/** Event source mappings in memory. Nothing a user runs uses it. */
import type { EventSourceMapping, LastResult } from "../../consumer/mapping.ts";
import type { MappingStore } from "../../consumer/ports.ts";

export function memoryMappings(): MappingStore {
  const mappings = new Map<string, EventSourceMapping>();
  const results = new Map<string, LastResult>();
  const removed = new Set<string>();

  /** The other mapping of the same source and function. */
  function rivalOf({ uuid, eventSourceArn, functionArn }: EventSourceMapping) {
    return [...mappings.values()].find(
      (other) =>
        other.uuid !== uuid &&
        other.eventSourceArn === eventSourceArn &&
        other.functionArn === functionArn,
    );
  }

  return {
    async create(mapping) {
      if (removed.has(mapping.uuid)) return { kind: "removed" };
      if (mappings.has(mapping.uuid)) return { kind: "created" };
      const rival = rivalOf(mapping);
      if (rival) return { kind: "exists", uuid: rival.uuid };
      mappings.set(mapping.uuid, structuredClone(mapping));
      return { kind: "created" };
    },
    async get(uuid) {
      return structuredClone(mappings.get(uuid));
    },
    async count(limit) {
      return Math.min(mappings.size, limit);
    },
    async list({ after = "", limit }) {
      return [...mappings.values()]
        .filter(({ uuid }) => uuid > after)
        .toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1))
        .slice(0, limit)
        .map((mapping) => structuredClone(mapping));
    },
    async update(mapping) {
      const standing = mappings.get(mapping.uuid);
      if (standing?.revision !== mapping.revision - 1) return { kind: "conflict" };
      const rival = rivalOf(mapping);
      if (rival) return { kind: "exists", uuid: rival.uuid };
      mappings.set(mapping.uuid, structuredClone(mapping));
      return { kind: "updated" };
    },
    async remove({ uuid }) {
      if (mappings.delete(uuid)) removed.add(uuid);
      results.delete(uuid);
    },
    async lastResult(uuid) {
      return results.get(uuid) ?? { kind: "none" };
    },
    async noteResult(uuid, result) {
      if (mappings.has(uuid)) results.set(uuid, result);
    },
  };
}
