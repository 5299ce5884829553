/**
 * Seals secrets, so that who reads their table does not have them. In AWS a key of KMS does (`kms/seal.ts`); a laptop's
 * database lies in clear in a folder and answers whoever asks, so there it is a key from a file beside it.
 * AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes).
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Random } from "../random.ts";

export interface Seal {
  /** The same `place` opens it again: what was sealed for one item is of no use in another. */
  close(place: string, clear: Uint8Array): Uint8Array | Promise<Uint8Array>;
  open(place: string, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** One whose key is here. */
export interface LocalSeal extends Seal {
  close(place: string, clear: Uint8Array): Uint8Array;
  open(place: string, sealed: Uint8Array): Uint8Array;
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSeal(key: Uint8Array, random: Random): LocalSeal {
  if (key.length !== KEY_BYTES) {
    throw new Error(`the key that seals secrets must be ${KEY_BYTES} bytes, got ${key.length}`);
  }
  return {
    close(place, clear) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
    },
    open(place, sealed) {
      const tagAt = sealed.length - TAG_BYTES;
      try {
        const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(place))
          .setAuthTag(sealed.subarray(tagAt));
        const clear = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
        return Buffer.concat([clear, decipher.final()]);
      } catch (cause) {
        throw new Error(`${place} was sealed with another key`, { cause });
      }
    },
  };
}

/** The key stands in `file`, in base64. Without a file nothing is sealed. */
export function sealFromFile(file: string | undefined, random: Random): LocalSeal | undefined {
  if (file === undefined) return undefined;
  return createSeal(Buffer.from(readFileSync(file, "utf8"), "base64"), random);
}
