/**
 * Which requests are attempts of one call. SDKs resend a call with the same `amz-sdk-invocation-id` and `attempt=n`.
 * The id alone proves nothing, or one client's header could hide another's records: only with the same access key,
 * operation and payload, into the same stream, is it the same call. But proofs lie by the id, so that whoever knows no more
 * than it finds them.
 */
import { createHash } from "node:crypto";
import type { InvocationKey, ProofKey } from "./proof.ts";
import type { ProducerRequest } from "./record.ts";

/** As far as a proof goes, 128 bits are as good as any number. */
const KEY_BYTES = 16;

interface StreamOfCall {
  readonly name: string;
  readonly generation: string;
}

export interface CallIdentity {
  readonly accessKeyId: string;
  /** `Firehose_20150804.PutRecord` */
  readonly target: string;
  readonly invocationId: string;
  readonly payloadSha256: string;
}

/** `callId(…)` → 48 bytes, the same for all attempts: 16 of the invocation id alone, 32 of all that makes it this call. */
export function callId({
  accessKeyId,
  target,
  invocationId,
  payloadSha256,
}: CallIdentity): Uint8Array {
  const whole = JSON.stringify([accessKeyId, target, invocationId, payloadSha256]);
  return Buffer.concat([ofInvocation(invocationId), createHash("sha256").update(whole).digest()]);
}

function ofInvocation(invocationId: string): Buffer {
  return createHash("sha256").update(invocationId).digest().subarray(0, KEY_BYTES);
}

/** In that stream; one that is made anew under its name knows nothing of the calls into the one before. */
export function proofKey(
  { callId: id }: Pick<ProducerRequest, "callId">,
  stream: StreamOfCall,
): ProofKey {
  const own = Buffer.from(id.subarray(KEY_BYTES, 2 * KEY_BYTES)).toString("base64url");
  return `${keyOf(id.subarray(0, KEY_BYTES), stream)}/${own}` as ProofKey;
}

/** What the keys begin with of all calls into that stream that came under that invocation id. */
export function proofsOf(invocationId: string, stream: StreamOfCall): InvocationKey {
  return keyOf(ofInvocation(invocationId), stream) as InvocationKey;
}

/** Of a call whose first attempt a version took that named proofs after the payload as well. */
export function formerProofKey(
  { callId: id }: Pick<ProducerRequest, "callId">,
  stream: StreamOfCall,
): ProofKey {
  return keyOf(id.subarray(KEY_BYTES), stream) as ProofKey;
}

function keyOf(id: Uint8Array, { name, generation }: StreamOfCall): string {
  const digest = createHash("sha256").update(id).update(`${name}/${generation}`).digest();
  return digest.subarray(0, KEY_BYTES).toString("hex");
}

/** The attempt number of an `amz-sdk-request` header such as `attempt=2; max=3`; 1 when it says nothing. */
export function parseAttempt(header: string | undefined): number {
  const attempt = /(?:^|;)\s*attempt=(\d{1,6})\s*(?:;|$)/.exec(header ?? "")?.[1];
  return attempt === undefined ? 1 : Math.max(1, Number(attempt));
}
