/**
 * Producer retries. SDKs resend a call with the same `amz-sdk-invocation-id` and `attempt=n`; a block remembers
 * the calls packed in it, and only when n > 1 the last blocks are searched for the first attempt.
 *
 * In a block: { proof (16 bytes) · position of the call's first record (u32) · length of the members (u16) ·
 * members } … one entry a call. Members: a bit for each record of the call up to the last one meant, the lowest
 * bit first; none when all of the call was.
 */
import { createHash } from "node:crypto";
import type { GroupRequest } from "./record.ts";

const PROOF_BYTES = 16;
const HEAD_BYTES = PROOF_BYTES + 4 + 2;

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
  readonly request: GroupRequest | undefined;
  readonly position: number;
}

export function packRequests(requests: readonly PackedRequest[]): Uint8Array {
  const entries = requests.flatMap(({ request, position }) => {
    if (request === undefined) return [];
    const members = packMembers(request.members ?? []);
    const head = Buffer.alloc(HEAD_BYTES);
    head.set(request.proof);
    head.writeUInt32BE(position, PROOF_BYTES);
    head.writeUInt16BE(members.length, PROOF_BYTES + 4);
    return [head, members];
  });
  return Buffer.concat(entries);
}

export interface FoundRequest {
  readonly proof: Uint8Array;
  /** Of the call's first record in the block. */
  readonly position: number;
  /** Absent: all of the call's records were meant. */
  readonly members?: readonly number[];
}

export function* unpackRequests(packed: Uint8Array): Generator<FoundRequest> {
  const entries = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at + HEAD_BYTES <= entries.length;) {
    const end = at + HEAD_BYTES + entries.readUInt16BE(at + PROOF_BYTES + 4);
    const members = unpackMembers(entries.subarray(at + HEAD_BYTES, end));
    yield {
      proof: entries.subarray(at, at + PROOF_BYTES),
      position: entries.readUInt32BE(at + PROOF_BYTES),
      ...(members.length > 0 && { members }),
    };
    at = end;
  }
}

export function findRequest(packed: Uint8Array, proof: Uint8Array): FoundRequest | undefined {
  for (const found of unpackRequests(packed)) {
    if (Buffer.compare(found.proof, proof) === 0) return found;
  }
  return undefined;
}

/** `[0, 3, 9]` → `00001001 00000010`. */
function packMembers(members: readonly number[]): Uint8Array {
  const packed = new Uint8Array(1 + ((members.at(-1) ?? -1) >> 3));
  for (const member of members) packed[member >> 3]! |= 1 << (member & 7);
  return packed;
}

function unpackMembers(packed: Uint8Array): readonly number[] {
  return Array.from({ length: packed.length * 8 }, (_, member) => member).filter(
    (member) => packed[member >> 3]! & (1 << (member & 7)),
  );
}
