/**
 * From reserved places to acknowledged records: all proofs, then all blocks. The order is the guarantee. A block that
 * is written is named by a proof that stands, so the next attempt of its call finds it; and where a proof does not
 * come to stand no block is written, and the places are closed.
 */
import { PROOF_KEPT_MS } from "../limits.ts";
import { type BlockWritten, closeBlock, type PlacePorts, writeBlock } from "./place.ts";
import type { ProofKey, ProofStore, ProofWritten } from "./proof.ts";
import type { Block } from "./store.ts";

export interface AppendPorts extends PlacePorts {
  /** Absent where producers' retries are not to be recognised. */
  readonly proofs?: ProofStore;
}

export interface ProofChange {
  readonly key: ProofKey;
  /** As it was read. */
  readonly before: Uint8Array | undefined;
  readonly next: Uint8Array;
}

export type ProofOutcome = ProofWritten | { readonly kind: "failed"; readonly error: unknown };

export type Committed =
  /** All proofs stand; what became of each block. */
  | { readonly kind: "committed"; readonly blocks: readonly BlockWritten[] }
  /** One of them does not, and nothing is stored; what became of each proof. */
  | { readonly kind: "unproven"; readonly proofs: readonly ProofOutcome[] };

export async function commit(
  ports: AppendPorts,
  blocks: readonly Block[],
  changes: readonly ProofChange[],
): Promise<Committed> {
  const proofs = await Promise.all(changes.map((change) => prove(ports, change)));
  if (proofs.every(({ kind }) => kind === "written")) {
    const written = await Promise.all(blocks.map((block) => writeBlock(ports, block)));
    return { kind: "committed", blocks: written };
  }
  await Promise.all(blocks.map((block) => closeBlock(ports, block)));
  return { kind: "unproven", proofs };
}

async function prove(
  { proofs, clock }: AppendPorts,
  { key, before, next }: ProofChange,
): Promise<ProofOutcome> {
  if (proofs === undefined) return { kind: "written" };
  const nowMs = clock.now();
  const times = { nowMs, expiresAtMs: nowMs + PROOF_KEPT_MS };
  try {
    return await proofs.replace(key, before, next, times);
  } catch (error) {
    return { kind: "failed", error };
  }
}
