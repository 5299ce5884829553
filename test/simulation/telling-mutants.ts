/** Deliberate bugs in what is told of records: beside them in their objects, and to who asks where they are. */
import type { DeliveryNotes, ObjectStore } from "../../src/delivery/ports.ts";
import type { ErrorObjects } from "../../src/delivery/redrive/ports.ts";
import type { ProofIndex } from "../../src/log/proof.ts";
import type { MemoryObjects } from "../../src/storage/memory/objects.ts";
import { DELIMITER, isOfFailed, METADATA_FOLDER } from "./payload.ts";

interface TellingMutant {
  readonly means: string;
  readonly objects?: (objects: MemoryObjects) => ObjectStore;
  readonly errorObjects?: (objects: ErrorObjects) => ErrorObjects;
  readonly proofIndex?: (proofs: ProofIndex) => ProofIndex;
  readonly deliveryNotes?: (notes: DeliveryNotes) => DeliveryNotes;
}

export const TELLING_MUTANTS = {
  "metadata-of-a-neighbour": {
    means: "each record of an object has the metadata of the one before it",
    objects: (objects) => ({
      ...objects,
      putIfAbsent: (target, body) => objects.putIfAbsent(target, shifted(target.key, body)),
      uploadPart: (upload, number, body) =>
        objects.uploadPart(upload, number, shifted(upload.key, body)),
    }),
  },
  "redrive-forgets-ids": {
    means: "a redrive does not know which records it redrives, though it is written beside them",
    errorObjects: (objects) => ({
      ...objects,
      async get(object) {
        const body = await objects.get(object);
        return body && eachLine(body, ({ recordMetadata: _lost, ...line }) => line);
      },
    }),
  },
  "flush-ends-a-block-early": {
    means: "what is noted of a flush leaves its last block out",
    deliveryNotes: (notes) => ({
      ...notes,
      flushed: (shard, readerId, flush, untilMs) =>
        notes.flushed(shard, readerId, { ...flush, toBlock: flush.toBlock - 1 }, untilMs),
    }),
  },
  "waiting-is-not-noted": {
    means: "what is noted of a flush does not say that what earlier ones had left may be in it",
    deliveryNotes: (notes) => ({
      ...notes,
      flushed: (shard, readerId, { waitedFrom: _none, ...flush }, untilMs) =>
        notes.flushed(shard, readerId, flush, untilMs),
    }),
  },
  "one-call-an-id": {
    means: "of several calls under an invocation id one is found",
    proofIndex: ({ list }) => ({
      list: async (...asked) => (await list(...asked)).slice(0, 1),
    }),
  },
} as const satisfies Record<string, TellingMutant>;

type Line = Readonly<Record<string, unknown>>;

function eachLine(body: Uint8Array, change: (line: Line, index: number) => Line): Uint8Array {
  const lines = Buffer.from(body).toString().split(DELIMITER).filter(Boolean);
  const changed = lines.map((line, i) => JSON.stringify(change(JSON.parse(line) as Line, i)));
  return Buffer.from(changed.map((line) => line + DELIMITER).join(""));
}

function shifted(key: string, body: Uint8Array): Uint8Array {
  if (isOfFailed(key) || !key.includes(METADATA_FOLDER)) return body;
  let last: unknown;
  return eachLine(body, (line) => {
    const known = last ?? line["known"];
    last = line["known"];
    return { ...line, known };
  });
}
