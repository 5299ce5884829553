/**
 * Base64 as AWS's front end takes it: standard alphabet, padded, no white space, no stray bits. Node's decoder
 * is fast but forgiving, so what it forgives is found by cheap questions about the text as a whole; the reason
 * is looked for only once a text is known to be wrong.
 */
import { serviceError, type ServiceError, shown } from "../errors.ts";

/** It is a record's data. */
const BLOB_ECHO_MAX_LENGTH = 100;

export function decodeBase64(text: string): Uint8Array {
  const { length } = text;
  if (length % 4 !== 0) {
    throw notABlob(
      text,
      `Base64 encoded length is expected a multiple of 4 bytes but found: ${length}`,
    );
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  // The decoder leaves out what it does not know, takes the URL-safe alphabet for the standard one, and sees
  // only the low byte of a character: U+0141 would pass for A.
  if (
    bytes.length !== (length / 4) * 3 - padding ||
    text.includes("-") ||
    text.includes("_") ||
    BEYOND_LATIN_1.test(text)
  ) {
    throw notABlob(text, `Invalid Base64 character: '${firstBadCharacter(text)}'`);
  }
  if (padding > 0 && !LAST_CHARACTERS[padding].includes(text.charAt(length - padding - 1))) {
    throw notABlob(text, "Invalid last non-pad Base64 character dectected");
  }
  return bytes;
}

/** V8 answers at once for text that it keeps as bytes, which what comes from a request nearly always is. */
const BEYOND_LATIN_1 = /[^\0-\u00ff]/;

/** With padding, the last character carries two or four bits that must be zero. */
const LAST_CHARACTERS = ["", "AEIMQUYcgkosw048", "AQgw"] as const;

function firstBadCharacter(text: string): string {
  return /[^A-Za-z0-9+/=]|=(?!=?$)/u.exec(text)?.[0] ?? "=";
}

function notABlob(text: string, reason: string): ServiceError {
  return serviceError(
    "SerializationException",
    `'${shown(text, BLOB_ECHO_MAX_LENGTH)}' can not be converted to a Blob: ${reason}`,
  );
}
