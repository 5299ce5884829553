/** The only door to chance, so that a simulation replays from its seed. */
import { randomBytes } from "node:crypto";

export interface Random {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}

/** The system is asked for so many at once: each question costs as much as a hash of some kilobytes. */
const POOL_BYTES = 4096;

export const systemRandom: Random = { bytes: pooledBytes(), fraction: () => Math.random() };

function pooledBytes(): Random["bytes"] {
  let pool: Uint8Array = new Uint8Array();
  let usedCount = 0;
  return (count) => {
    if (count > POOL_BYTES / 16) return randomBytes(count);
    if (usedCount + count > pool.length) {
      pool = randomBytes(POOL_BYTES);
      usedCount = 0;
    }
    usedCount += count;
    const place = pool.subarray(usedCount - count, usedCount);
    const taken = new Uint8Array(place);
    // Nothing that was handed out stays behind.
    place.fill(0);
    return taken;
  };
}

/** `count` random bytes in lower-case hexadecimal: `randomHex(random, 2)` → `"9f0c"`. */
export function randomHex(random: Random, count: number): string {
  return Buffer.from(random.bytes(count)).toString("hex");
}

/** A version 4 UUID. */
export function randomUuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
