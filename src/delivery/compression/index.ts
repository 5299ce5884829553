/**
 * The compressions of an object: how they are opened, and what S3 is told of them.
 *
 * The bytes of an object depend on its contents and its seed alone, neither on how the contents were cut into chunks
 * nor on time or machine. A flush that is run again therefore makes the same object again.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
 */
import type { Compression } from "../delivery-stream.ts";
import { type ByteSink, type Compressor, DONE, type OpenCompressor } from "./compressor.ts";
import { gzip } from "./gzip.ts";
import { hadoopSnappy } from "./hadoop-snappy.ts";
import { snappy } from "./snappy.ts";
import { zip } from "./zip.ts";

export interface CompressionFormat {
  /** Of the object's name, with its dot. */
  readonly extension: string;
  readonly contentEncoding?: string;
  readonly open: OpenCompressor;
}

/** The names, endings and encodings are those that objects of Firehose have, also where others would be usual. */
export const COMPRESSION_FORMATS: Readonly<Record<Compression, CompressionFormat>> = {
  UNCOMPRESSED: { extension: "", open: passThrough },
  GZIP: { extension: ".gz", contentEncoding: "gzip", open: gzip },
  ZIP: { extension: ".zip", contentEncoding: "zip", open: zip },
  Snappy: { extension: ".snappy", contentEncoding: "snappy-java", open: snappy },
  HADOOP_SNAPPY: { extension: ".snappy", contentEncoding: "hadoop-snappy", open: hadoopSnappy },
};

function passThrough(sink: ByteSink): Compressor {
  return { write: sink, end: () => DONE, destroy: () => DONE };
}
