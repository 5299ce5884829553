/** The twin of the log bucket's block bodies, for unit tests and simulation. */
import { bodyKeyFor, newBodyKey } from "../body-key.ts";
import type { BodyStore } from "../../log/store.ts";
import type { Random } from "../../random.ts";

export interface MemoryBodies extends BodyStore {
  /** In the order of their writing. */
  keys(): readonly string[];
}

export function memoryBodies(random: Random): MemoryBodies {
  const bodies = new Map<string, Uint8Array>();
  return {
    async put(body, retentionMs) {
      const key = newBodyKey(random, retentionMs);
      // A copy; a Buffer's `slice` would be a view of the same bytes.
      bodies.set(key, new Uint8Array(body));
      return key;
    },
    async get(key) {
      const body = bodies.get(key);
      if (body === undefined) throw new Error(`no body under ${key}`);
      return new Uint8Array(body);
    },
    async keep(key, retentionMs) {
      const body = bodies.get(key);
      if (body === undefined) return undefined;
      const kept = bodyKeyFor(key, retentionMs);
      bodies.set(kept, body);
      return kept;
    },
    keys: () => [...bodies.keys()],
  };
}
