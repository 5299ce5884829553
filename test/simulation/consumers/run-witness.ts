/** What a run of the consume function is seen to go by: the lease that it took, and its mapping as it was told before. */
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import type { WakeUp } from "../../../src/readers/store.ts";
import type { ConsumerStores } from "./ports.ts";
import type { ConsumerWorld } from "./world.ts";

export interface WitnessedRun {
  readonly mapping: string;
  readonly shard: number;
  /** 0 as long as it has no lease. */
  epoch: number;
}

export function witnessRun(
  { mappings, readers }: ConsumerStores,
  { shard, readerId }: WakeUp,
  { note, places }: ConsumerWorld,
): { readonly run: WitnessedRun; readonly stores: Pick<ConsumerStores, "mappings" | "readers"> } {
  const run = { mapping: mappingOfReader(readerId)!, shard: places.shardOf(shard), epoch: 0 };
  let revision = 0;
  return {
    run,
    stores: {
      mappings: {
        ...mappings,
        async get(uuid) {
          const mapping = await mappings.get(uuid);
          // Later it only asks whether this is still so.
          if (mapping && run.epoch === 0) revision = mapping.revision;
          return mapping;
        },
      },
      readers: {
        ...readers,
        async acquire(...claim) {
          const acquired = await readers.acquire(...claim);
          if (acquired.kind === "acquired") {
            run.epoch = acquired.lease.epoch;
            note({ kind: "leased", ...run, revision });
          }
          return acquired;
        },
      },
    },
  };
}
