/** Proofs of producers' calls within a capacity: each invocation id has a partition key of its own. */
import type { ProofStore } from "../../log/proof.ts";
import { proofItemKey } from "../dynamodb/keys.ts";
import { isBusy, type LimitedClient, requestsTo } from "./limited.ts";

/** Without its value. */
const PROOF_HEAD_BYTES = 97;

export function limitedProofs(proofs: ProofStore, client: LimitedClient): ProofStore {
  const state = requestsTo(client, "state");
  return {
    get: (key, nowMs) =>
      state.read(
        proofItemKey(key),
        () => proofs.get(key, nowMs),
        (value) => (value === undefined ? 0 : PROOF_HEAD_BYTES + value.length),
      ),
    async replace(key, before, next, times) {
      try {
        const byteCount = PROOF_HEAD_BYTES + Math.max(next.length, before?.length ?? 0);
        return await state.write(proofItemKey(key), byteCount, () =>
          proofs.replace(key, before, next, times),
        );
      } catch (error) {
        if (isBusy(error)) return { kind: "throttled" };
        throw error;
      }
    },
  };
}
