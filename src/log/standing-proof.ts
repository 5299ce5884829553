/**
 * Where the proof of a call stands. A version before named proofs otherwise: what a retry does not find under its own
 * name may stand there, for an hour from the deploy on, and then it stays there, for attempts that are still with that version.
 */
import type { ProofKey, ProofStore } from "./proof.ts";
import type { ProducerRequest } from "./record.ts";
import { formerProofKey, proofKey } from "./retry.ts";

export interface ProofKeys {
  readonly present: ProofKey;
  readonly former: ProofKey;
}

export function proofKeys(
  request: Pick<ProducerRequest, "callId">,
  stream: { readonly name: string; readonly generation: string },
): ProofKeys {
  return { present: proofKey(request, stream), former: formerProofKey(request, stream) };
}

export interface StandingProof {
  /** Of what stands; where nothing does, the present one. */
  readonly key: ProofKey;
  readonly value: Uint8Array | undefined;
}

export async function standingProof(
  proofs: ProofStore | undefined,
  { present, former }: ProofKeys,
  nowMs: number,
): Promise<StandingProof> {
  const value = await proofs?.get(present, nowMs);
  if (value !== undefined) return { key: present, value };
  const before = await proofs?.get(former, nowMs);
  return { key: before === undefined ? present : former, value: before };
}
