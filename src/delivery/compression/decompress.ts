/**
 * An object's contents, whichever of our compressions it has: told by its first bytes, since its name may end in anything.
 * HADOOP_SNAPPY has no sign of its own; what begins with the two lengths of a block that fit what follows is taken for it.
 */
import { gunzipSync, inflateRawSync } from "node:zlib";
import { snappyUncompressor } from "hysnappy";

/** What an object is not, that cannot be decompressed. */
export class NotDecompressed extends Error {
  override readonly name = "NotDecompressed";
}

const SNAPPY_SIGN = Buffer.from("\x82SNAPPY\0", "latin1");
/** The sign, and two versions. */
const SNAPPY_HEAD_BYTES = 16;
const ZIP_LOCAL_SIGN = 0x04034b50;
const ZIP_CENTRAL_SIGN = 0x02014b50;
const ZIP_END_SIGN = 0x06054b50;
const ZIP_END_BYTES = 22;
const ZIP_LOCAL_BYTES = 30;
const DEFLATED = 8;

export function decompressed(object: Uint8Array, maxBytes: number): Uint8Array {
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      return gunzipSync(bytes, { maxOutputLength: maxBytes });
    }
    if (bytes.length > ZIP_END_BYTES && bytes.readUInt32LE(0) === ZIP_LOCAL_SIGN) {
      return unzipped(bytes, maxBytes);
    }
    if (bytes.subarray(0, SNAPPY_SIGN.length).equals(SNAPPY_SIGN)) {
      return Buffer.concat(unsnapped(bytes.subarray(SNAPPY_HEAD_BYTES), "snappy", maxBytes));
    }
    if (isHadoopSnappy(bytes)) return Buffer.concat(unsnapped(bytes, "hadoop", maxBytes));
  } catch (cause) {
    throw new NotDecompressed("the object cannot be decompressed", { cause });
  }
  return bytes;
}

/** Archives with one entry, as we write them: their sizes stand at the end. */
function unzipped(archive: Buffer, maxBytes: number): Uint8Array {
  const end = archive.length - ZIP_END_BYTES;
  const directory = archive.readUInt32LE(end + 16);
  if (
    archive.readUInt32LE(end) !== ZIP_END_SIGN ||
    archive.readUInt32LE(directory) !== ZIP_CENTRAL_SIGN
  ) {
    throw new Error("no archive of one entry");
  }
  const method = archive.readUInt16LE(directory + 10);
  const deflatedBytes = archive.readUInt32LE(directory + 20);
  const start = ZIP_LOCAL_BYTES + archive.readUInt16LE(26) + archive.readUInt16LE(28);
  const entry = archive.subarray(start, start + deflatedBytes);
  return method === DEFLATED ? inflateRawSync(entry, { maxOutputLength: maxBytes }) : entry;
}

/** A first length below 16 MiB begins with a zero, as no text does. */
function isHadoopSnappy(bytes: Buffer): boolean {
  return bytes.length > 8 && bytes[0] === 0 && bytes.readUInt32BE(4) <= bytes.length - 8;
}

/** Its copies are of 64 bytes at most, and take three, or two. */
const SNAPPY_RATIO_MAX = 32;

let uncompress: ((input: Uint8Array, outputLength: number) => Uint8Array) | undefined;

function unsnapped(bytes: Buffer, framing: "snappy" | "hadoop", maxBytes: number): Uint8Array[] {
  uncompress ??= snappyUncompressor();
  const blocks: Uint8Array[] = [];
  let plainBytes = 0;
  for (let at = framing === "hadoop" ? 4 : 0; at + 4 <= bytes.length;) {
    const start = at + 4;
    const block = bytes.subarray(start, start + bytes.readUInt32BE(at));
    // A length that no such block can come to would be made room for before it is found out.
    if (lengthOf(block) > SNAPPY_RATIO_MAX * block.length) throw new Error("a block lies");
    plainBytes += lengthOf(block);
    if (plainBytes > maxBytes) throw new Error("too large");
    blocks.push(new Uint8Array(uncompress(block, lengthOf(block))));
    at = start + block.length + (framing === "hadoop" ? 4 : 0);
  }
  return blocks;
}

/** What a block of Snappy comes to stands at its beginning, seven bits a byte, the lowest first. */
function lengthOf(block: Uint8Array): number {
  let length = 0;
  for (const [i, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return length;
}
