/**
 * Tokens that leave the service and come back: opaque to callers, readable by us, and of no use to anybody who
 * changes one. They are authenticated, not encrypted, so they hold nothing the caller may not know.
 *
 *   bytes   0                        8         …         last 16
 *           00 00 00 00 00 00 00 01  payload             check: HMAC-SHA-256 over purpose, 00, and all before it
 *
 * The first eight bytes are those of AWS's own iterators. The purpose keeps one kind of token from being taken
 * for another.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const MARK = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
const CHECK_BYTES = 16;
/** AWS's bound for a shard iterator, and ours for every token. */
const TOKEN_MAX_LENGTH = 512;
/** What is left for the payload. */
export const SEALED_PAYLOAD_MAX_BYTES = (TOKEN_MAX_LENGTH / 4) * 3 - MARK.length - CHECK_BYTES;

export function sealToken(secret: Uint8Array, purpose: string, payload: Uint8Array): string {
  if (payload.length > SEALED_PAYLOAD_MAX_BYTES) {
    throw new RangeError(
      `A token's payload must be at most ${SEALED_PAYLOAD_MAX_BYTES} bytes, got ${payload.length}`,
    );
  }
  const content = Buffer.concat([MARK, payload]);
  return Buffer.concat([content, check(secret, purpose, content)]).toString("base64");
}

/** The payload, or `undefined` for what was not sealed with this secret for this purpose. */
export function openToken(
  secret: Uint8Array,
  purpose: string,
  token: string,
): Uint8Array | undefined {
  if (token.length > TOKEN_MAX_LENGTH) return undefined;
  const bytes = Buffer.from(token, "base64");
  // Node's decoder forgives; a token has one spelling.
  if (bytes.length < MARK.length + CHECK_BYTES || bytes.toString("base64") !== token) {
    return undefined;
  }
  const content = bytes.subarray(0, -CHECK_BYTES);
  const sealed = timingSafeEqual(check(secret, purpose, content), bytes.subarray(-CHECK_BYTES));
  return sealed && content.subarray(0, MARK.length).equals(MARK)
    ? content.subarray(MARK.length)
    : undefined;
}

function check(secret: Uint8Array, purpose: string, content: Uint8Array): Buffer {
  const hmac = createHmac("sha256", secret).update(purpose).update("\0").update(content);
  return hmac.digest().subarray(0, CHECK_BYTES);
}
