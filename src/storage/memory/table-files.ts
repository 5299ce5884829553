/** The twin of the buckets that hold tables, for unit tests and simulation. */
import type { FilePlace, TableFiles } from "../../delivery/destinations/iceberg/ports.ts";

export interface MemoryTableFiles extends TableFiles {
  /** `s3://bucket/key` of all there are, in the order of their appearance. */
  list(): readonly string[];
}

export function memoryTableFiles(): MemoryTableFiles {
  const files = new Map<string, Uint8Array>();
  const nameOf = ({ bucket, key }: FilePlace) => `s3://${bucket}/${key}`;
  return {
    list: () => [...files.keys()],
    get: async (place) => files.get(nameOf(place)),
    async put(place, body) {
      if (!files.has(nameOf(place))) files.set(nameOf(place), new Uint8Array(body));
    },
  };
}
