/**
 * Turns a stream of record bytes into the bytes of an object.
 *
 * The result depends on the bytes alone, neither on how they were cut into chunks nor on time or machine:
 * fixed level, no modification time, a fixed operating system in the gzip header, and input handed to zlib in
 * blocks of one size. A flush that is run again therefore makes the same object again.
 */
import { createGzip, type Gzip } from "node:zlib";
import type { Compression } from "./delivery-stream.ts";

export interface Compressor {
  /** Copies the chunk before the promise resolves. One call at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /** Sends what is left. */
  end(): Promise<void>;
  /** Frees what is held; once resolved, nothing more is sent. Never rejects. */
  destroy(): Promise<void>;
}

/** Takes compressed bytes; resolves when it can take more. It copies what it keeps. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

interface CompressionFormat {
  readonly contentEncoding?: string;
  readonly open: (sink: ByteSink) => Compressor;
}

export const COMPRESSION_FORMATS: Readonly<Record<Compression, CompressionFormat>> = {
  UNCOMPRESSED: { open: passThrough },
  GZIP: { contentEncoding: "gzip", open: gzip },
};

const DONE = Promise.resolve();

function passThrough(sink: ByteSink): Compressor {
  return { write: sink, end: () => DONE, destroy: () => DONE };
}

const GZIP_LEVEL = 6;
const GZIP_BLOCK_BYTES = 128 * 1024;
/** Where a gzip stream names the operating system it was made on, and the value for "unknown" (RFC 1952). */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/**
 * Two blocks take turns: while zlib works on one in its own thread, the other is filled.
 */
function gzip(sink: ByteSink): Compressor {
  const stream = createGzip({ level: GZIP_LEVEL });
  const compressed = collectOutput(stream);
  let filling = Buffer.allocUnsafeSlow(GZIP_BLOCK_BYTES);
  let resting = Buffer.allocUnsafeSlow(GZIP_BLOCK_BYTES);
  let filledBytes = 0;
  /** The block before this one, through zlib and taken by the sink. */
  let previous: Promise<void> = DONE;

  async function compress(before: Promise<void>, block: Uint8Array): Promise<void> {
    await before;
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
      const part = chunk.subarray(from, from + GZIP_BLOCK_BYTES - filledBytes);
      filling.set(part, filledBytes);
      filledBytes += part.byteLength;
      from += part.byteLength;
      if (filledBytes === GZIP_BLOCK_BYTES) await turn();
    }
  }

  return {
    write(chunk) {
      if (filledBytes + chunk.byteLength >= GZIP_BLOCK_BYTES) return writeAcrossBlocks(chunk);
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
    },
    async destroy() {
      stream.destroy();
      await previous.catch(() => {});
    },
  };
}

function collectOutput(stream: Gzip): { take(): readonly Uint8Array[] } {
  let waiting: Uint8Array[] = [];
  let seenBytes = 0;
  // Whoever writes learns of an error by callback; the event alone would end the process.
  stream.on("error", () => {});
  stream.on("data", (bytes: Buffer) => {
    const osIndex = GZIP_OS_OFFSET - seenBytes;
    if (osIndex >= 0 && osIndex < bytes.byteLength) bytes[osIndex] = GZIP_OS_UNKNOWN;
    seenBytes += bytes.byteLength;
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
