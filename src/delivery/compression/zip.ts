/**
 * A ZIP archive with one deflated entry, whose name is a UUID. Sizes and checksum stand behind the entry, in its data
 * descriptor, because nothing is held back until they are known:
 *
 *     local header, name │ deflated bytes │ data descriptor │ central directory: header, name │ end
 *
 * The entry's name derives from the seed and its time is the format's first, so that the archive made again is the
 * same. It is the plain format, without ZIP64: an entry of 4 GiB or more is refused. No object comes near that, a
 * buffer being at most 128 MiB.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32, createDeflateRaw } from "node:zlib";
import { derivedUuid } from "../../derived-uuid.ts";
import type { ByteSink, Compressor } from "./compressor.ts";
import { DEFLATE_LEVEL, deflating } from "./deflate.ts";

const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const DATA_DESCRIPTOR_SIGNATURE = 0x08074b50;
const CENTRAL_HEADER_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
/** 2.0: what a deflated entry needs. */
const VERSION = 20;
const SIZES_IN_DATA_DESCRIPTOR = 0x0008;
const DEFLATED = 8;
/** Midnight of 1 January 1980, as time and date of MS-DOS. */
const FIRST_TIME = 0;
const FIRST_DATE = 0x21;
const UINT32_MAX = 0xffff_ffff;

export function zip(sink: ByteSink, seed: string): Compressor {
  const name = Buffer.from(derivedUuid("zip entry", seed), "latin1");
  const head = localHeader(name);
  let checksum = 0;
  let contentBytes = 0;
  let deflatedBytes = 0;
  return deflating(
    {
      stream: createDeflateRaw({ level: DEFLATE_LEVEL }),
      head,
      onInput(block) {
        checksum = crc32(block, checksum);
        contentBytes += block.byteLength;
        if (contentBytes >= UINT32_MAX) {
          throw new Error("an entry of a ZIP archive must be smaller than 4 GiB");
        }
      },
      onOutput(bytes) {
        deflatedBytes += bytes.byteLength;
      },
      tail() {
        const descriptor = uint32s(
          DATA_DESCRIPTOR_SIGNATURE,
          checksum,
          deflatedBytes,
          contentBytes,
        );
        const directory = centralHeader(name, { checksum, deflatedBytes, contentBytes });
        const startBytes = head.byteLength + deflatedBytes + descriptor.byteLength;
        return Buffer.concat([descriptor, directory, endOf(directory, startBytes)]);
      },
    },
    sink,
  );
}

function localHeader(name: Uint8Array): Uint8Array {
  return Buffer.concat([
    uint32s(LOCAL_HEADER_SIGNATURE),
    uint16s(VERSION, SIZES_IN_DATA_DESCRIPTOR, DEFLATED, FIRST_TIME, FIRST_DATE),
    // Checksum and sizes, which come later.
    uint32s(0, 0, 0),
    uint16s(name.byteLength, 0),
    name,
  ]);
}

function centralHeader(
  name: Uint8Array,
  entry: {
    readonly checksum: number;
    readonly deflatedBytes: number;
    readonly contentBytes: number;
  },
): Uint8Array {
  return Buffer.concat([
    uint32s(CENTRAL_HEADER_SIGNATURE),
    uint16s(VERSION, VERSION, SIZES_IN_DATA_DESCRIPTOR, DEFLATED, FIRST_TIME, FIRST_DATE),
    uint32s(entry.checksum, entry.deflatedBytes, entry.contentBytes),
    // Extra field, comment, disk and internal attributes: none.
    uint16s(name.byteLength, 0, 0, 0, 0),
    // External attributes, and where the local header stands.
    uint32s(0, 0),
    name,
  ]);
}

function endOf(directory: Uint8Array, startBytes: number): Uint8Array {
  return Buffer.concat([
    uint32s(END_SIGNATURE),
    // This disk, the directory's disk, entries on it, entries in all.
    uint16s(0, 0, 1, 1),
    uint32s(directory.byteLength, startBytes),
    // No comment.
    uint16s(0),
  ]);
}

function uint16s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}
