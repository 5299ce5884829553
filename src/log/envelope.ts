/**
 * A block whose records nobody reads without the stream's key. Its body is encrypted under a key of its own, before its
 * place is known; that key is what the envelope holds, sealed under a data key for exactly that place. So a body that
 * is found elsewhere, or an envelope at another place, opens nothing.
 *
 *     envelope: 1 (1 byte) · length of the wrapped data key (2) · wrapped data key · nonce (12) · the block's key, sealed (32) · tag (16)
 *     body:     what `frame.ts` packed, sealed · tag (16)
 *
 * AES-256-GCM in both. The block's key is used once, so that its nonce need not differ.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "../random.ts";
import type { DataKey } from "./keys.ts";
import type { ShardKey } from "./store.ts";

export interface SealedPlace {
  readonly shard: ShardKey;
  readonly index: number;
}

/** A body, and what its block says of it once its place is known. */
export interface SealedBody {
  readonly bytes: Uint8Array;
  envelopeAt(place: SealedPlace): Uint8Array;
}

const CIPHER = "aes-256-gcm";
const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 3;
const ONLY_NONCE = Buffer.alloc(NONCE_BYTES);

export function sealBody(packed: Uint8Array, dataKey: DataKey, random: Random): SealedBody {
  const blockKey = random.bytes(KEY_BYTES);
  return {
    bytes: seal(packed, blockKey, ONLY_NONCE),
    envelopeAt(place) {
      const { wrapped, clear } = dataKey;
      const header = Buffer.from([VERSION, wrapped.length >> 8, wrapped.length & 0xff]);
      const nonce = random.bytes(NONCE_BYTES);
      return Buffer.concat([header, wrapped, nonce, seal(blockKey, clear, nonce, nameOf(place))]);
    },
  };
}

/** The data key that opens it, as its keeper wrapped it. */
export function wrappedKeyOf(envelope: Uint8Array): Uint8Array {
  const [version, high = 0, low = 0] = envelope;
  if (version !== VERSION) throw new Error(`envelope: its version must be 1, got ${version}`);
  const length = high * 256 + low;
  if (envelope.length !== HEADER_BYTES + length + NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
    throw new Error(`envelope: ${envelope.length} bytes do not fit a wrapped key of ${length}`);
  }
  return envelope.subarray(HEADER_BYTES, HEADER_BYTES + length);
}

/** @param dataKey in clear, the one of `wrappedKeyOf` */
export function openBody(
  bytes: Uint8Array,
  envelope: Uint8Array,
  dataKey: Uint8Array,
  place: SealedPlace,
): Uint8Array {
  const rest = envelope.subarray(HEADER_BYTES + wrappedKeyOf(envelope).length);
  try {
    const nonce = rest.subarray(0, NONCE_BYTES);
    const blockKey = open(rest.subarray(NONCE_BYTES), dataKey, nonce, nameOf(place));
    return open(bytes, blockKey, ONLY_NONCE);
  } catch (cause) {
    const { shard, index } = place;
    throw new Error(`block ${index} of ${shard} is not what was sealed there`, { cause });
  }
}

function nameOf({ shard, index }: SealedPlace): Buffer {
  return Buffer.from(`${shard}#${index}`);
}

const NOTHING: Uint8Array = Buffer.alloc(0);

function seal(
  clear: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array = NOTHING,
): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(bound);
  return Buffer.concat([cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

function open(
  sealed: Uint8Array,
  key: Uint8Array,
  nonce: Uint8Array,
  bound: Uint8Array = NOTHING,
): Buffer {
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bound)
    .setAuthTag(sealed.subarray(tagAt));
  return Buffer.concat([decipher.update(sealed.subarray(0, tagAt)), decipher.final()]);
}
