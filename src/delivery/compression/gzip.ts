/**
 * One gzip stream (RFC 1952) that names neither a time nor the operating system it was made on.
 */
import { createGzip } from "node:zlib";
import type { ByteSink, Compressor } from "./compressor.ts";
import { DEFLATE_LEVEL, deflating } from "./deflate.ts";

/** Where the header names the operating system, and the value for "unknown". */
const OS_OFFSET = 9;
const OS_UNKNOWN = 255;

export function gzip(sink: ByteSink): Compressor {
  let seenBytes = 0;
  return deflating(
    {
      stream: createGzip({ level: DEFLATE_LEVEL }),
      onOutput(bytes) {
        const osIndex = OS_OFFSET - seenBytes;
        if (osIndex >= 0 && osIndex < bytes.byteLength) bytes[osIndex] = OS_UNKNOWN;
        seenBytes += bytes.byteLength;
      },
    },
    sink,
  );
}
