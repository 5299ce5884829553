/**
 * The stream of the library snappy-java, which is what Firehose means by Snappy: not the framing format that
 * Snappy's own documents describe.
 *
 *     82 "SNAPPY" 00 │ version 1 │ compatible from 1 │ length, block │ length, block │ …
 *
 * https://github.com/xerial/snappy-java
 */
import type { ByteSink, Compressor } from "./compressor.ts";
import { bigEndian, snappyBlocks } from "./snappy-blocks.ts";

const HEAD = Buffer.concat([Buffer.from("\x82SNAPPY\0", "latin1"), bigEndian(1, 1)]);

export function snappy(sink: ByteSink): Compressor {
  const frame = (_plainBytes: number, compressedBytes: number) => bigEndian(compressedBytes);
  return snappyBlocks({ head: HEAD, frame }, sink);
}
