/**
 * Shard iterators: where a reader stands, as a sealed token that it brings back with its next call. Nothing is
 * kept on our side. Every iterator differs from every other, also when nothing was read in between: clients take
 * an iterator that repeats for a loop.
 *
 *   byte  0     1           9      13         19     27                      37
 *         kind  generation  shard  issued at  nonce  block, position / time  stream's name
 */
import type { Random } from "../random.ts";
import { openToken, sealToken } from "./sealed-token.ts";

export interface ShardIterator {
  readonly streamName: string;
  /** Sixteen hexadecimal digits: an iterator does not outlive its stream. */
  readonly generation: string;
  readonly shardIndex: number;
  /** The first record wanted. */
  readonly start: IteratorStart;
  readonly issuedAtMs: number;
}

export type IteratorStart =
  /** Inclusive; `position` may lie past the block's last record. */
  | { readonly kind: "record"; readonly blockIndex: number; readonly position: number }
  /** The first record that arrived then or later. */
  | { readonly kind: "time"; readonly timestampMs: number };

const PURPOSE = "shard iterator";
const KIND = { record: 1, time: 2 } as const;
const NONCE_BYTES = 8;
const NAME_OFFSET = 37;

export function formatIterator(
  secret: Uint8Array,
  random: Random,
  { streamName, generation, shardIndex, start, issuedAtMs }: ShardIterator,
): string {
  const payload = Buffer.alloc(NAME_OFFSET + Buffer.byteLength(streamName));
  payload.writeUInt8(KIND[start.kind], 0);
  payload.write(generation, 1, 8, "hex");
  payload.writeUInt32BE(shardIndex, 9);
  payload.writeUIntBE(issuedAtMs, 13, 6);
  payload.set(random.bytes(NONCE_BYTES), 19);
  if (start.kind === "record") {
    payload.writeUIntBE(start.blockIndex, 27, 6);
    payload.writeUInt32BE(start.position, 33);
  } else {
    payload.writeDoubleBE(start.timestampMs, 27);
  }
  payload.write(streamName, NAME_OFFSET);
  return sealToken(secret, PURPOSE, payload);
}

/** `undefined` for anything that is not an iterator of ours. Whether it has expired is the caller's to say. */
export function parseIterator(secret: Uint8Array, text: string): ShardIterator | undefined {
  // As AWS does: people paste iterators with the quotes that the command line printed.
  const token = /^"(.*)"$/s.exec(text)?.[1] ?? text;
  const opened = openToken(secret, PURPOSE, token);
  if (opened === undefined) return undefined;
  const payload = Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
  return {
    streamName: payload.toString("utf8", NAME_OFFSET),
    generation: payload.toString("hex", 1, 9),
    shardIndex: payload.readUInt32BE(9),
    issuedAtMs: payload.readUIntBE(13, 6),
    start:
      payload.readUInt8(0) === KIND.record
        ? {
            kind: "record",
            blockIndex: payload.readUIntBE(27, 6),
            position: payload.readUInt32BE(33),
          }
        : { kind: "time", timestampMs: payload.readDoubleBE(27) },
  };
}
