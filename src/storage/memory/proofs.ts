/** Proofs in memory: the twin that simulation and unit tests run on. Nothing a user runs uses it. */
import type { ProofIndex, ProofKey, ProofStore } from "../../log/proof.ts";

export interface MemoryProofs extends ProofStore, ProofIndex {
  /** What TTL does: removes what is over. */
  expire(nowMs: number): void;
}

interface Standing {
  readonly value: Uint8Array;
  readonly expiresAtMs: number;
}

export function memoryProofs(): MemoryProofs {
  const proofs = new Map<ProofKey, Standing>();

  function standing(key: ProofKey, nowMs: number): Uint8Array | undefined {
    const found = proofs.get(key);
    return found !== undefined && found.expiresAtMs > nowMs ? found.value : undefined;
  }

  return {
    async get(key, nowMs) {
      return standing(key, nowMs);
    },
    async list(invocation, nowMs) {
      const keys = [...proofs.keys()].filter((key) => key.startsWith(`${invocation}/`));
      return keys.flatMap((key) => standing(key, nowMs) ?? []);
    },
    async replace(key, before, next, { nowMs, expiresAtMs }) {
      const found = standing(key, nowMs);
      if (isSame(found, next)) return { kind: "written" };
      if (!isSame(found, before)) return { kind: "lost" };
      proofs.set(key, { value: next, expiresAtMs });
      return { kind: "written" };
    },
    expire(nowMs) {
      for (const [key, { expiresAtMs }] of proofs) if (expiresAtMs <= nowMs) proofs.delete(key);
    },
  };
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
