/**
 * Bytes cut into blocks of one size, each compressed by Snappy on its own. Which frame stands around a block is what
 * tells the formats apart. Snappy is so fast that it is done in place. Each object has a compressor of its own: what one
 * compressed before it would try as repetitions in what follows, and the bytes would depend on that.
 */
import { snappyCompressor } from "hysnappy";
import { type ByteSink, type Compressor, DONE } from "./compressor.ts";

/** The size that snappy-java takes, and the unit in which Snappy looks for repetitions anyway. */
export const SNAPPY_BLOCK_BYTES = 32 * 1024;
/** Frames are sent together up to this many bytes. */
const OUTPUT_BYTES = 256 * 1024;

export interface SnappyFraming {
  /** What an object begins with. */
  readonly head?: Uint8Array;
  /** What stands before each block; both lengths in bytes. */
  readonly frame: (plainBytes: number, compressedBytes: number) => Uint8Array;
}

export function snappyBlocks({ head, frame }: SnappyFraming, sink: ByteSink): Compressor {
  const compress = snappyCompressor();
  const block = Buffer.allocUnsafeSlow(SNAPPY_BLOCK_BYTES);
  let filledBytes = 0;
  let waiting: Uint8Array[] = head === undefined ? [] : [head];
  let waitingBytes = 0;

  function closeBlock(): void {
    const compressed = compress(block.subarray(0, filledBytes));
    waiting.push(frame(filledBytes, compressed.byteLength), compressed);
    waitingBytes += compressed.byteLength;
    filledBytes = 0;
  }

  function send(): Promise<void> {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    return sink(bytes);
  }

  async function writeAcrossBlocks(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.byteLength;) {
      const part = chunk.subarray(from, from + SNAPPY_BLOCK_BYTES - filledBytes);
      block.set(part, filledBytes);
      filledBytes += part.byteLength;
      from += part.byteLength;
      if (filledBytes === SNAPPY_BLOCK_BYTES) closeBlock();
      if (waitingBytes >= OUTPUT_BYTES) await send();
    }
  }

  return {
    write(chunk) {
      if (filledBytes + chunk.byteLength >= SNAPPY_BLOCK_BYTES) return writeAcrossBlocks(chunk);
      block.set(chunk, filledBytes);
      filledBytes += chunk.byteLength;
      return DONE;
    },
    async end() {
      if (filledBytes > 0) closeBlock();
      await send();
    },
    destroy: () => DONE,
  };
}

/** Numbers as both formats write them: four bytes each, the highest first. */
export function bigEndian(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
