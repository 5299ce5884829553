/**
 * The body of a block: records framed in binary and compressed together.
 *
 *     encoding (1 byte: 0 raw, 1 zstd; 2 and 3: the same, with partition keys) · { length (varint) · data } …
 *
 * With partition keys each record is two such pieces, the key in UTF-8 first.
 *
 * zstd at level 1 beat brotli at quality 1 on web access logs in both time and size, see docs/performance.md.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { LogRecord } from "./record.ts";

const RAW = 0;
const ZSTD = 1;
/** Added to the encoding. */
const KEYED = 2;
/**
 * Below this a block is one write unit of DynamoDB as it is, with the 300 bytes of its item's other attributes, and
 * compressing it would cost half of a lone put's time for nothing.
 */
const COMPRESS_MIN_BYTES = 700;
/**
 * What zstd may need beyond its input. With room for all of its output it works without a copy of its own; beyond
 * 64 KiB, though, memory made for every block drives the garbage collector, which costs more than that saves.
 */
const OUTPUT_SLACK_BYTES = 1024;
const OUTPUT_CHUNK_MAX_BYTES = 64 * 1024;
/** 256 KiB. Reaching farther back saves 1.5 % of the size and costs 5 % more time. */
const WINDOW_LOG = 18;
const SCRATCH_MIN_BYTES = 1024 * 1024;
/** Node takes no less. */
const CHUNK_MIN_BYTES = 64;
/** Of one piece, up to 256 MiB. */
const LENGTH_MAX_BYTES = 4;

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Used again for every block: the system hands out fresh memory page by page, which costs more than the copying. */
let scratch = Buffer.allocUnsafeSlow(SCRATCH_MIN_BYTES);

/** A view of `scratch`, good until the next call. */
function frame(pieces: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const piece of pieces) total += varintLength(piece.length) + piece.length;
  if (total > scratch.length) scratch = Buffer.allocUnsafeSlow(total);
  const framed = scratch.subarray(0, total);
  let at = 0;
  for (const piece of pieces) {
    let rest = piece.length;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) framed[at++] = (rest % 128) | 0x80;
    framed[at++] = rest;
    framed.set(piece, at);
    at += piece.length;
  }
  return framed;
}

/** Packs the records of a block; the shorter of the raw and the compressed form. */
export function packRecords(records: readonly LogRecord[]): Uint8Array {
  const keyed = records[0]?.partitionKey !== undefined;
  const framed = frame(
    keyed
      ? records.flatMap(({ data, partitionKey = "" }) => [Buffer.from(partitionKey), data])
      : records.map(({ data }) => data),
  );
  const keys = keyed ? KEYED : 0;
  if (framed.length >= COMPRESS_MIN_BYTES) {
    const compressed = zstdCompressSync(framed, {
      chunkSize: Math.min(OUTPUT_CHUNK_MAX_BYTES, framed.length + OUTPUT_SLACK_BYTES),
      params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: WINDOW_LOG },
    });
    if (compressed.length < framed.length) {
      return Buffer.concat([Uint8Array.of(ZSTD + keys), compressed]);
    }
  }
  return Buffer.concat([Uint8Array.of(RAW + keys), framed]);
}

/**
 * The records of a packed body. Their data are views of one buffer. Throws on anything `packRecords` did not make.
 *
 * @param known what the block says of them: then they are decompressed at once, and not in pieces that are joined
 */
export function unpackRecords(
  body: Uint8Array,
  known?: { readonly recordCount: number; readonly byteCount: number },
): LogRecord[] {
  const encoding = body[0];
  const content = body.subarray(1);
  switch (encoding) {
    case RAW:
    case RAW + KEYED:
      return unframe(content, encoding !== RAW);
    case ZSTD:
    case ZSTD + KEYED: {
      const options = known && { chunkSize: framedMax(known) };
      return unframe(zstdDecompressSync(content, options), encoding !== ZSTD);
    }
    default:
      throw new Error(`block body: encoding must be 0 to 3, got ${encoding}`);
  }
}

/** One byte more than there can be, so that the end is seen to be one. */
function framedMax({
  recordCount,
  byteCount,
}: {
  readonly recordCount: number;
  readonly byteCount: number;
}): number {
  return Math.max(CHUNK_MIN_BYTES, byteCount + 2 * LENGTH_MAX_BYTES * recordCount + 1);
}

function unframe(content: Uint8Array, isKeyed: boolean): LogRecord[] {
  const framed = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const records: LogRecord[] = [];
  let at = 0;
  /** Moves `at` to the end of the next piece and answers where that begins. */
  const nextPiece = () => {
    let length = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = framed[at++];
      if (byte === undefined) throw new Error("block body: a length runs past the end");
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const start = at;
    at += length;
    if (at > framed.length) throw new Error("block body: a record runs past the end");
    return start;
  };
  while (at < framed.length) {
    if (!isKeyed) {
      records.push({ data: framed.subarray(nextPiece(), at) });
      continue;
    }
    const partitionKey = framed.toString("utf8", nextPiece(), at);
    if (at === framed.length) throw new Error("block body: a key has no record");
    records.push({ partitionKey, data: framed.subarray(nextPiece(), at) });
  }
  return records;
}
