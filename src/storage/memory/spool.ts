/** The twin of what readers keep beside their items, for unit tests and simulation. */
import type { SpoolStore } from "../../delivery/ports.ts";
import type { Random } from "../../random.ts";
import { newSpoolKey } from "../body-key.ts";

export interface MemorySpool extends SpoolStore {
  /** In the order of their writing. */
  keys(): readonly string[];
}

export function memorySpool(random: Random): MemorySpool {
  const kept = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const key = newSpoolKey(random);
      // A copy; a Buffer's `slice` would be a view of the same bytes.
      kept.set(key, new Uint8Array(bytes));
      return key;
    },
    async get(key) {
      const bytes = kept.get(key);
      return bytes && new Uint8Array(bytes);
    },
    async remove(key) {
      kept.delete(key);
    },
    keys: () => [...kept.keys()],
  };
}
