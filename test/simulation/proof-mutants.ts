/** Deliberate bugs of producers' retries, in both worlds: each stores a record twice, or acknowledges one that is not there. */
import type { AppendPorts } from "../../src/log/commit.ts";
import type { ProofStore } from "../../src/log/proof.ts";
import type { Block } from "../../src/log/store.ts";

export interface ProofMutant {
  readonly means: string;
  /** In what the api makes of the stores' answers. */
  readonly appendPorts?: (ports: Required<AppendPorts>) => AppendPorts;
  /** In the store of proofs itself. */
  readonly proofs?: (proofs: ProofStore) => ProofStore;
  /** An invocation id alone makes a call. */
  readonly ignoresPayloads?: boolean;
}

/** What stands in a place that was not looked at, as it is hoped to be. */
function unseen(shard: Block["shard"], index: number): Block {
  return {
    kind: "data",
    shard,
    index,
    firstRecord: 0,
    recordCount: 1,
    byteOffset: 0,
    byteCount: 0,
    arrivedAtMs: 0,
    expiresAtMs: 0,
    token: "",
    body: { kind: "inline", bytes: new Uint8Array() },
  };
}

export const PROOF_MUTANTS = {
  "retries-are-forgotten": {
    means: "every attempt of a call is put anew, and no proof is written",
    appendPorts: ({ log, bodies, clock, random }) => ({ log, bodies, clock, random }),
  },
  "empty-places-stay-open": {
    means: "a retry puts anew what it finds empty, and does not close the place",
    appendPorts: ({ log, ...ports }) => ({
      ...ports,
      log: {
        ...log,
        fill: async (shard, index) => ({ kind: "tombstone", shard, index }),
      },
    }),
  },
  "own-place-stays-open": {
    means: "a writer whose block was refused gives its place up and does not close it",
    appendPorts({ log, ...ports }) {
      const own = new Set<string>();
      return {
        ...ports,
        log: {
          ...log,
          write(block) {
            own.add(`${block.shard} ${block.index}`);
            return log.write(block);
          },
          fill: async (shard, index, expiresAtMs) =>
            own.has(`${shard} ${index}`)
              ? { kind: "tombstone", shard, index }
              : log.fill(shard, index, expiresAtMs),
        },
      };
    },
  },
  "proof-is-unconditional": {
    means: "a proof is written whatever stands",
    proofs: (proofs) => ({
      ...proofs,
      async replace(key, _, next, times) {
        const before = await proofs.get(key, times.nowMs);
        return proofs.replace(key, before, next, times);
      },
    }),
  },
  "proof-is-believed": {
    means: "a retry answers what the proof names without having seen it filled",
    appendPorts: ({ log, ...ports }) => ({
      ...ports,
      log: {
        ...log,
        async *read({ shard, from }) {
          yield unseen(shard, from);
        },
      },
    }),
  },
  "proof-follows-the-blocks": {
    means: "a call's proof is written when its blocks stand",
    appendPorts({ log, proofs, ...ports }) {
      const waiting: (() => Promise<unknown>)[] = [];
      return {
        ...ports,
        log: {
          ...log,
          async write(block) {
            const written = await log.write(block);
            for (const write of waiting.splice(0)) await write();
            return written;
          },
        },
        proofs: {
          ...proofs,
          async replace(...proof) {
            waiting.push(() => proofs.replace(...proof));
            return { kind: "written" };
          },
        },
      };
    },
  },
  "id-alone-makes-a-call": {
    means: "two payloads under one invocation id count as one call",
    ignoresPayloads: true,
  },
} as const satisfies Readonly<Record<string, ProofMutant>>;
