/**
 * Sequence numbers in Kinesis's own 56-digit layout, so that order, uniqueness and client-side decoding hold.
 * Written in hexadecimal, most significant digit first:
 *
 *     2 ccccccccc s nnnnnnnnnnnnnnnn 00 ttttttttt iiiiiiii 2
 *     │ │         │ │                │  │         │        └ version
 *     │ │         │ │                │  │         └ shard index, 32 bits
 *     │ │         │ │                │  └ arrival of the record, epoch seconds
 *     │ │         │ └ counter, 63 bits: block index (47) and position in the block (16)
 *     │ │         └ shard index modulo 16
 *     │ └ creation of the shard, epoch seconds
 *     └ constant, keeps every number at 56 decimal digits
 */
export type SequenceNumber = string & { readonly __brand: "SequenceNumber" };

export interface SequenceFields {
  readonly shardCreatedAtMs: number;
  readonly shardIndex: number;
  readonly blockIndex: number;
  readonly position: number;
  readonly arrivedAtMs: number;
}

export const SEQUENCE_NUMBER_DIGITS = 56;

const POSITION_BITS = 16n;
const HEX_DIGITS = 47;
/** A block holds at most this many records, so that a position fits its field. */
export const BLOCK_MAX_RECORDS = 2 ** 16;
export const BLOCK_INDEX_MAX = 2 ** 47 - 1;
/** Kinesis takes no number of a shard that was created then or later, in the year 2477. */
export const SHARD_CREATED_MAX_SECONDS = 16_025_175_000;

/** Of a second since the epoch: nine hexadecimal digits. */
const SECOND_BITS = 36n;
const seconds = (ms: number) => BigInt(Math.floor(ms / 1000));

/**
 * Prints a sequence number.
 *
 * @example formatSequenceNumber({ shardCreatedAtMs: 1_700_000_000_000, shardIndex: 0, blockIndex: 0, position: 0,
 *   arrivedAtMs: 1_700_000_000_000 }) // "49646437577108476416916876405825929425585429676275269634"
 */
export function formatSequenceNumber(fields: SequenceFields): SequenceNumber {
  const { shardIndex } = fields;
  let number = (2n << SECOND_BITS) | seconds(fields.shardCreatedAtMs);
  number = (number << 4n) | BigInt(shardIndex % 16);
  number = (number << 48n) | BigInt(fields.blockIndex);
  number = (number << POSITION_BITS) | BigInt(fields.position);
  // Behind two digits that are zero.
  number = (number << (8n + SECOND_BITS)) | seconds(fields.arrivedAtMs);
  number = (number << 32n) | BigInt(shardIndex);
  return ((number << 4n) | 2n).toString() as SequenceNumber;
}

/** The fields of a sequence number of ours (times to the second), or `undefined` for any other text. */
export function parseSequenceNumber(text: string): SequenceFields | undefined {
  if (!/^\d{1,129}$/.test(text)) return undefined;
  const digits = BigInt(text).toString(16);
  if (digits.length !== HEX_DIGITS || !digits.startsWith("2") || !digits.endsWith("2"))
    return undefined;
  if (digits.slice(27, 29) !== "00") return undefined;
  const counter = BigInt(`0x${digits.slice(11, 27)}`);
  if (counter >> 63n) return undefined;
  const shardCreatedAtSeconds = Number.parseInt(digits.slice(1, 10), 16);
  if (shardCreatedAtSeconds >= SHARD_CREATED_MAX_SECONDS) return undefined;
  return {
    shardCreatedAtMs: shardCreatedAtSeconds * 1000,
    // Signed, as Kinesis prints it.
    shardIndex: Number.parseInt(digits.slice(38, 46), 16) | 0,
    blockIndex: Number(counter >> POSITION_BITS),
    position: Number(counter & 0xffffn),
    arrivedAtMs: Number.parseInt(digits.slice(29, 38), 16) * 1000,
  };
}
