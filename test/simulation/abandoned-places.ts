/**
 * Who gives a place up closes it, so that readers wait only for the dead: of every block whose write failed, its writer
 * asks for the tombstone, unless he died.
 */
import type { Block, WriteResult } from "../../src/log/store.ts";
import type { Violation } from "./checker.ts";
import type { Process } from "./scheduler.ts";

type Place = Pick<Block, "shard" | "index">;

export interface AbandonedPlaces {
  /** Passes on what came of the write. */
  watch(process: Process, block: Block, written: Promise<WriteResult>): Promise<WriteResult>;
  /** The process asks for a tombstone. */
  closing(process: Process, place: Place): void;
  /** To be asked when all is over. */
  check(): readonly Violation[];
}

export function watchAbandonedPlaces(): AbandonedPlaces {
  const left = new Map<string, Process>();
  const keyOf = ({ name }: Process, { shard, index }: Place) =>
    `block ${index} of ${shard} by ${name}`;

  return {
    async watch(process, block, written) {
      const abandon = () => void left.set(keyOf(process, block), process);
      const result = await written.catch((error: unknown) => {
        abandon();
        throw error;
      });
      if (result.kind === "throttled") abandon();
      return result;
    },
    closing(process, place) {
      left.delete(keyOf(process, place));
    },
    check() {
      const living = [...left].filter(([, process]) => process.isAlive);
      return living.map(([place]) => ({
        guarantee: "G3",
        message: `${place} was given up and not closed`,
      }));
    },
  };
}
