/**
 * Streams bytes through one of zlib's compressors. Input is handed to zlib in blocks of one size, whatever the
 * chunks, so that the output depends on the bytes alone. Two blocks take turns: while zlib works on one in its own
 * thread, the other is filled.
 */
import type { DeflateRaw, Gzip } from "node:zlib";
import { type ByteSink, type Compressor, DONE } from "./compressor.ts";

export const DEFLATE_LEVEL = 6;
const BLOCK_BYTES = 128 * 1024;

export interface DeflateContainer {
  readonly stream: Gzip | DeflateRaw;
  /** Sees each block before it is compressed. */
  readonly onInput?: (block: Uint8Array) => void;
  /** Sees each piece of output before it is sent, and may change its bytes. */
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** What stands before and behind zlib's output. */
  readonly head?: Uint8Array;
  readonly tail?: () => Uint8Array;
}

export function deflating(container: DeflateContainer, sink: ByteSink): Compressor {
  const { stream, onInput, tail } = container;
  const compressed = collectOutput(container);
  let filling = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let resting = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filledBytes = 0;
  /** The block before this one, through zlib and taken by the sink. */
  let previous: Promise<void> = DONE;

  async function compress(before: Promise<void>, block: Uint8Array): Promise<void> {
    await before;
    onInput?.(block);
    await new Promise<void>((resolve, reject) => {
      stream.write(block, (error) => (error ? reject(error) : resolve()));
    });
    for (const bytes of compressed.take()) await sink(bytes);
  }

  /** Starts on the filled block; resolves when the other one may be filled. */
  function turn(): Promise<void> {
    const before = previous;
    previous = compress(before, filling.subarray(0, filledBytes));
    // Its failure is met by the next turn or by the end.
    previous.catch(() => {});
    [filling, resting] = [resting, filling];
    filledBytes = 0;
    return before;
  }

  async function writeAcrossBlocks(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.byteLength;) {
      const part = chunk.subarray(from, from + BLOCK_BYTES - filledBytes);
      filling.set(part, filledBytes);
      filledBytes += part.byteLength;
      from += part.byteLength;
      if (filledBytes === BLOCK_BYTES) await turn();
    }
  }

  return {
    write(chunk) {
      if (filledBytes + chunk.byteLength >= BLOCK_BYTES) return writeAcrossBlocks(chunk);
      filling.set(chunk, filledBytes);
      filledBytes += chunk.byteLength;
      return DONE;
    },
    async end() {
      if (filledBytes > 0) await turn();
      await previous;
      await new Promise<void>((resolve, reject) => {
        stream.once("error", reject);
        stream.once("end", resolve);
        stream.end();
      });
      for (const bytes of compressed.take()) await sink(bytes);
      if (tail !== undefined) await sink(tail());
    },
    async destroy() {
      stream.destroy();
      await previous.catch(() => {});
    },
  };
}

function collectOutput({ stream, onOutput, head }: DeflateContainer): {
  take(): readonly Uint8Array[];
} {
  let waiting: Uint8Array[] = head === undefined ? [] : [head];
  // Whoever writes learns of an error by callback; the event alone would end the process.
  stream.on("error", () => {});
  stream.on("data", (bytes: Buffer) => {
    onOutput?.(bytes);
    waiting.push(bytes);
  });
  return {
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
