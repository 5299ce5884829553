/** Deliberate bugs in redrives: when an object of failed records counts as redriven, and which of them are looked at. */
import type { ObjectStore } from "../../src/delivery/ports.ts";
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type { ErrorObjects } from "../../src/delivery/redrive/ports.ts";
import { redrivenShard } from "../../src/delivery/redrive/redrive.ts";
import type { ShardKey } from "../../src/log/store.ts";
import type { ReaderStore } from "../../src/readers/store.ts";
import type { MemoryObjects } from "../../src/storage/memory/objects.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";

interface RedriveMutant {
  readonly means: string;
  readonly readers?: (readers: ReaderStore<DeliveryPlan>) => ReaderStore<DeliveryPlan>;
  readonly errorObjects?: (objects: ErrorObjects) => ErrorObjects;
  /** In what a process makes of its answers. */
  readonly seenErrorObjects?: (objects: ErrorObjects) => ErrorObjects;
  readonly objects?: (objects: MemoryObjects) => ObjectStore;
  /** Those that come with a redrive. */
  readonly redriveNotes?: (notes: SweepNotes) => SweepNotes;
}

/** Of a stream that does not matter. */
const [REDRIVEN] = redrivenShard({ name: "", generation: "" }).split("/");
const isRedriven = (shard: ShardKey) => shard.startsWith(`${REDRIVEN}/`);

export const REDRIVE_MUTANTS = {
  "redriven-is-another-one": {
    means:
      "an object of failed records is another one whenever it is listed, so that each redrive begins it anew",
    errorObjects(objects) {
      let count = 0;
      return {
        ...objects,
        async list(asked) {
          const page = await objects.list(asked);
          count += 1;
          return page.map((object) => ({ ...object, etag: `${object.etag}-${count}` }));
        },
        get: ({ etag, ...object }) => objects.get({ ...object, etag: etag.split("-")[0]! }),
      };
    },
  },
  "redriven-before-written": {
    means: "an object of failed records counts as redriven when what comes of it is planned",
    readers: (readers) => ({
      ...readers,
      async savePlan(lease, plan, order) {
        const saved = await readers.savePlan(lease, plan, order);
        if (isRedriven(lease.shard) && saved === "done") await readers.end(lease);
        return saved;
      },
    }),
  },
  "redrive-misses-one": {
    means: "a redrive never looks at the first object of failed records",
    errorObjects: (objects) => ({
      ...objects,
      async list(asked) {
        const page = await objects.list(asked);
        return asked.after === undefined ? page.slice(1) : page;
      },
    }),
  },
  "put-aside-is-tried-once": {
    means: "a redrive goes on when an object that it is done with could not be tagged or moved",
    seenErrorObjects: (objects) => {
      let count = 0;
      const isFailing = () => (count += 1) % 3 === 0;
      return {
        ...objects,
        tag: async (object, tag) => (isFailing() ? undefined : objects.tag(object, tag)),
        move: async (object, toKey) => (isFailing() ? undefined : objects.move(object, toKey)),
      };
    },
  },
  "moved-is-lost": {
    means:
      "who made an object of failed records appear, and could not note it, knows nothing of a redrive that moved it",
    objects: (objects) => ({
      ...objects,
      completeIfAbsent: (upload, parts) => objects.completeIfAbsent(upload, parts),
    }),
  },
  "redrive-is-not-noted": {
    means: "who starts a redrive leaves nothing for the sweep, should he die before he rings",
    redriveNotes: (notes) => ({ ...notes, put: async () => {} }),
  },
} as const satisfies Record<string, RedriveMutant>;
