/**
 * Which requests are attempts of one call. SDKs resend a call with the same `amz-sdk-invocation-id` and `attempt=n`.
 * The id alone proves nothing, or one client's header could hide another's records: only with the same access key,
 * operation and payload, into the same stream, is it the same call.
 */
import { createHash } from "node:crypto";
import type { ProofKey } from "./proof.ts";
import type { ProducerRequest } from "./record.ts";

/** As far as a proof goes, 128 bits are as good as any number. */
const KEY_BYTES = 16;

export interface CallIdentity {
  readonly accessKeyId: string;
  /** `Firehose_20150804.PutRecord` */
  readonly target: string;
  readonly invocationId: string;
  readonly payloadSha256: string;
}

/** `callId(…)` → 32 bytes, the same for all attempts. */
export function callId({
  accessKeyId,
  target,
  invocationId,
  payloadSha256,
}: CallIdentity): Uint8Array {
  return createHash("sha256")
    .update(JSON.stringify([accessKeyId, target, invocationId, payloadSha256]))
    .digest();
}

/** In that stream; one that is made anew under its name knows nothing of the calls into the one before. */
export function proofKey(
  { callId: id }: Pick<ProducerRequest, "callId">,
  { name, generation }: { readonly name: string; readonly generation: string },
): ProofKey {
  const digest = createHash("sha256").update(id).update(`${name}/${generation}`).digest();
  return digest.subarray(0, KEY_BYTES).toString("hex") as ProofKey;
}

/** The attempt number of an `amz-sdk-request` header such as `attempt=2; max=3`; 1 when it says nothing. */
export function parseAttempt(header: string | undefined): number {
  const attempt = /(?:^|;)\s*attempt=(\d{1,6})\s*(?:;|$)/.exec(header ?? "")?.[1];
  return attempt === undefined ? 1 : Math.max(1, Number(attempt));
}
