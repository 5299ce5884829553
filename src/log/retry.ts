/**
 * Producer retries. SDKs resend a call with the same `amz-sdk-invocation-id` and `attempt=n`; a block remembers
 * the calls packed in it, and only when n > 1 the shard's last blocks are searched for the first attempt.
 *
 * In a block: { proof (16 bytes) · position of the call's first record (u32) } … one entry a call.
 */
import { createHash } from "node:crypto";
import type { ProducerRequest } from "./record.ts";

const PROOF_BYTES = 16;
const ENTRY_BYTES = PROOF_BYTES + 4;

/**
 * The proof that two requests are one call: same key, same invocation id, same payload. The id alone would let
 * one client's header hide another's records.
 */
export function requestProof(
  accessKeyId: string,
  invocationId: string,
  payloadSha256: string,
): Uint8Array {
  const digest = createHash("sha256")
    .update(JSON.stringify([accessKeyId, invocationId, payloadSha256]))
    .digest();
  return digest.subarray(0, PROOF_BYTES);
}

/** The attempt number of an `amz-sdk-request` header such as `attempt=2; max=3`; 1 when it says nothing. */
export function parseAttempt(header: string | undefined): number {
  const attempt = /(?:^|;)\s*attempt=(\d{1,6})\s*(?:;|$)/.exec(header ?? "")?.[1];
  return attempt === undefined ? 1 : Math.max(1, Number(attempt));
}

export interface PackedRequest {
  readonly request: ProducerRequest | undefined;
  readonly position: number;
}

export function packRequests(requests: readonly PackedRequest[]): Uint8Array {
  const known = requests.filter(({ request }) => request !== undefined);
  const packed = Buffer.alloc(known.length * ENTRY_BYTES);
  known.forEach(({ request, position }, i) => {
    if (request === undefined) return;
    packed.set(request.proof, i * ENTRY_BYTES);
    packed.writeUInt32BE(position, i * ENTRY_BYTES + PROOF_BYTES);
  });
  return packed;
}

/** The position of that call's first record in the block, or `undefined`. */
export function findRequest(packed: Uint8Array, proof: Uint8Array): number | undefined {
  const entries = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (entries.subarray(at, at + PROOF_BYTES).equals(proof))
      return entries.readUInt32BE(at + PROOF_BYTES);
  }
  return undefined;
}
