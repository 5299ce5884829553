/**
 * Hadoop's block compression with Snappy: before each block its length uncompressed, then compressed. Hadoop would
 * let several compressed pieces follow one length; here it is always one.
 * https://hadoop.apache.org/docs/stable/api/org/apache/hadoop/io/compress/SnappyCodec.html
 */
import type { ByteSink, Compressor } from "./compressor.ts";
import { bigEndian, snappyBlocks } from "./snappy-blocks.ts";

export function hadoopSnappy(sink: ByteSink): Compressor {
  return snappyBlocks({ frame: bigEndian }, sink);
}
