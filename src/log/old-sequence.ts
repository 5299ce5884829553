/**
 * The two kinds of sequence numbers that Kinesis gave before the one of `sequence.ts`. Clients may still hold them, so
 * they are told from what is no number at all. In hexadecimal:
 *
 *   first    1 ccccccccc … iiii          32 digits; what is below 2^124 counts from there
 *   second   2 ccccccccc … iiiiiiii 1    47 digits
 *              │           └ shard index
 *              └ creation of the shard, epoch seconds
 */
import { SHARD_CREATED_MAX_SECONDS } from "./sequence.ts";

export interface OldSequenceFields {
  readonly shardIndex: number;
}

const FIRST_FROM = 2n ** 124n;
const FIRST_END = 2n ** 129n;
const SECOND = /^2[0-9a-f]{45}1$/;

/** `undefined` for any other text. */
export function parseOldSequenceNumber(text: string): OldSequenceFields | undefined {
  if (!/^\d{1,129}$/.test(text)) return undefined;
  const value = BigInt(text);
  const digits = (value < FIRST_FROM ? value + FIRST_FROM : value).toString(16);
  const isFirst = value < FIRST_END;
  if (!isFirst && !SECOND.test(digits)) return undefined;
  if (Number.parseInt(digits.slice(1, 10), 16) >= SHARD_CREATED_MAX_SECONDS) return undefined;
  const index = isFirst ? digits.slice(28, 32) : digits.slice(38, 46);
  return { shardIndex: Number.parseInt(index, 16) | 0 };
}
