/**
 * Where a record belongs: its place on the circle of 2^128 hash keys, which the open shards of a stream divide
 * among themselves. Every producer library computes the same number, so it must agree with AWS to the bit.
 * https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
 */
import { createHash } from "node:crypto";

export const HASH_KEY_COUNT = 2n ** 128n;
export const HASH_KEY_MAX = HASH_KEY_COUNT - 1n;

/**
 * The MD5 of the key's UTF-8 bytes, read as a big-endian number.
 *
 * @example hashKeyOf("a") // 16955237001963240173058271559858726497n
 */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash("md5").update(partitionKey, "utf8").digest("hex")}`);
}

/** An explicit hash key: decimal, no leading zeros, at most 2^128 - 1. `undefined` for anything else. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d{0,38})$/.test(text)) return undefined;
  const hashKey = BigInt(text);
  return hashKey <= HASH_KEY_MAX ? hashKey : undefined;
}
