/** The twin of the log bucket's block bodies, for unit tests and simulation. */
import type { BodyStore } from "../../log/store.ts";
import { type Random, randomHex } from "../../random.ts";

export interface MemoryBodies extends BodyStore {
  /** In the order of their writing. */
  keys(): readonly string[];
}

export function memoryBodies(random: Random): MemoryBodies {
  const bodies = new Map<string, Uint8Array>();
  return {
    async put(body, bodyClass = "direct-put") {
      const key = `${bodyClass}/${randomHex(random, 16)}`;
      // A copy; a Buffer's `slice` would be a view of the same bytes.
      bodies.set(key, new Uint8Array(body));
      return key;
    },
    async get(key) {
      const body = bodies.get(key);
      if (body === undefined) throw new Error(`no body under ${key}`);
      return new Uint8Array(body);
    },
    keys: () => [...bodies.keys()],
  };
}
