/** Redrives among the twins: what they read, what came of which object of failed records, and what counts as redriven. */
import type { DeliveryPlan } from "../../src/delivery/plan.ts";
import type { ErrorObjects, RedriveStore } from "../../src/delivery/redrive/ports.ts";
import {
  type ErrorObject,
  objectReader,
  redrivenShard,
} from "../../src/delivery/redrive/redrive.ts";
import type { ShardKey } from "../../src/log/store.ts";
import type { Lease } from "../../src/readers/store.ts";
import type { SweepNotes } from "../../src/readers/sweep-notes.ts";
import { memoryErrorObjects } from "../../src/storage/memory/error-objects.ts";
import type { MemoryLog } from "../../src/storage/memory/log.ts";
import type { MemoryObjects } from "../../src/storage/memory/objects.ts";
import type { MemoryReaders } from "../../src/storage/memory/readers.ts";
import { memoryRedrives } from "../../src/storage/memory/redrives.ts";
import type { Aside } from "./history.ts";
import type { Mutant } from "./mutants.ts";
import { recordsOfObject } from "./payload.ts";
import type { Happening } from "./twins.ts";

interface Place {
  readonly bucket: string;
  readonly key: string;
}

export interface RedriveObjects extends ErrorObjects {
  /** What is put there, should it be put there, comes from that object. */
  comesFrom(place: Place, from: ErrorObject | undefined): void;
  /** Should it be put aside, that redrive wanted it so, too. */
  handledBy(object: ErrorObject, redriveId: string): void;
}

export interface RedriveWitness {
  readonly redrives: RedriveStore;
  readonly errorObjects: RedriveObjects;
  /** Of an object that has just appeared. */
  appeared(place: Place): { readonly from?: string };
  /** A reader has come to its end. */
  ended(lease: Lease): void;
  /** Whether a shard is nothing but an object of failed records. */
  isRedriven(shard: ShardKey): boolean;
}

export interface RedriveTwins {
  readonly memory: MemoryLog;
  readonly readers: MemoryReaders<DeliveryPlan>;
  readonly objects: MemoryObjects;
  readonly mutant: Pick<Mutant, "errorObjects" | "redriveNotes">;
  readonly notes: SweepNotes;
  readonly note: (happening: Happening) => void;
  readonly nowMs: () => number;
}

const idOf = ({ bucket, key }: Place) => `${bucket} ${key}`;
/** Of a stream that does not matter. */
const REDRIVEN = redrivenShard({ name: "", generation: "" }).split("/")[0];

export function watchRedrives({
  memory,
  readers,
  objects,
  mutant,
  notes,
  note,
  nowMs,
}: RedriveTwins): RedriveWitness {
  const redrives = memoryRedrives(memory, readers, mutant.redriveNotes?.(notes) ?? notes);
  const all = memoryErrorObjects(objects);
  const errorObjects = mutant.errorObjects?.(all) ?? all;
  const origins = new Map<string, string>();
  const modified = new Map<string, number>();
  /** By the reader of an object its key. */
  const read = new Map<string, string>();
  const streamNamed = (streamName: string, generation: string) => `${streamName}/${generation}`;
  /** By the object, of the redrives that put it aside. */
  const handlers = new Map<string, Set<string>>();

  function putAside({ bucket, key }: Place, how: Aside, toKey: string): void {
    const [name = "", generation = ""] = bucket.split(".");
    const body = objects.get(bucket, toKey)?.body;
    const records = body ? recordsOfObject(key, body).map(({ record }) => record) : [];
    const redrivesOf = [...(handlers.get(idOf({ bucket, key })) ?? [])];
    const stream = streamNamed(name, generation);
    note({ kind: "put aside", stream, from: key, how, redrives: redrivesOf, records });
  }
  const isRedriven = (shard: ShardKey) => shard.split("/")[0] === REDRIVEN;

  return {
    isRedriven,
    redrives: {
      ...redrives,
      async create(redrive) {
        const isNew = (await redrives.get(redrive)) === undefined;
        const outcome = await redrives.create(redrive);
        const { streamName, generation, redriveId, prefixes, startedAtMs, after } = redrive;
        const bucket = Number(redrive.bucket.split(".").at(-1));
        const stream = streamNamed(streamName, generation);
        if (isNew) {
          const asked = { prefixes, startedAtMs, ...(after && { after }) };
          note({ kind: "redrive", stream, redrive: redriveId, bucket, ...asked });
        }
        return outcome;
      },
      async update(before, after) {
        const outcome = await redrives.update(before, after);
        const { streamName, generation, redriveId, state, tally } = after;
        if (outcome === "updated" && before.state !== state) {
          const stream = streamNamed(streamName, generation);
          const doneCount = tally && { doneCount: tally.doneCount };
          note({ kind: "redrive ended", stream, redrive: redriveId, state, ...doneCount });
        }
        return outcome;
      },
    },
    errorObjects: {
      ...errorObjects,
      async list(asked) {
        const page = await errorObjects.list(asked);
        return page.map((object) => ({
          ...object,
          modifiedAtMs: modified.get(idOf({ ...asked, key: object.key })) ?? 0,
        }));
      },
      async get(object) {
        read.set(objectReader(object), object.key);
        return errorObjects.get(object);
      },
      async tag(object, tag) {
        await errorObjects.tag(object, tag);
        if (all.tagOf(object.bucket, object.key) !== undefined) putAside(object, "TAG", object.key);
      },
      async move(object, toKey) {
        const stood = objects.get(object.bucket, object.key) !== undefined;
        await errorObjects.move(object, toKey);
        const stands = objects.get(object.bucket, object.key) !== undefined;
        if (stood && !stands) putAside(object, "MOVE", toKey);
      },
      handledBy(object, redriveId) {
        const known = handlers.get(idOf(object)) ?? new Set();
        handlers.set(idOf(object), known.add(redriveId));
      },
      comesFrom(place, from) {
        if (from) origins.set(idOf(place), from.key);
      },
    },
    appeared(place) {
      // To the second, as S3 tells it.
      modified.set(idOf(place), Math.floor(nowMs() / 1000) * 1000);
      const from = origins.get(idOf(place));
      return from === undefined ? {} : { from };
    },
    ended({ shard, readerId }) {
      const from = read.get(readerId);
      const [, streamName = "", generation = ""] = shard.split("/");
      if (!isRedriven(shard) || from === undefined) return;
      note({ kind: "redriven", stream: streamNamed(streamName, generation), from });
    },
  };
}
