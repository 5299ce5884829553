/** Which compression should blocks have? All that Node offers, on the blocks of one call of access logs. */
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { accessLogs } from "./access-logs.ts";
import { compareCpu, type Measured } from "./measure.ts";
import { fixed, type Table } from "./report.ts";

const WINDOW_LOG = 18;
const RECORD_SIZES = [1024, 100];

interface Candidate {
  readonly name: string;
  compress(bytes: Buffer): Buffer;
  decompress(bytes: Buffer): Buffer;
}

const zstd = (level: number, windowLog?: number): Candidate => ({
  name: windowLog === undefined ? `zstd ${level}` : `zstd ${level}, as used`,
  compress: (bytes) =>
    zstdCompressSync(bytes, {
      ...(windowLog !== undefined && { chunkSize: Math.min(64 * 1024, bytes.length + 1024) }),
      params: {
        [constants.ZSTD_c_compressionLevel]: level,
        ...(windowLog !== undefined && { [constants.ZSTD_c_windowLog]: windowLog }),
      },
    }),
  decompress: (bytes) => zstdDecompressSync(bytes),
});

const brotli = (quality: number): Candidate => ({
  name: `brotli ${quality}`,
  compress: (bytes) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  decompress: (bytes) => brotliDecompressSync(bytes),
});

const deflate = (level: number): Candidate => ({
  name: `deflate ${level}`,
  compress: (bytes) => deflateRawSync(bytes, { level }),
  decompress: (bytes) => inflateRawSync(bytes),
});

const CANDIDATES = [
  zstd(1, WINDOW_LOG),
  zstd(1),
  zstd(-2),
  zstd(3),
  brotli(0),
  brotli(1),
  brotli(3),
  deflate(1),
  deflate(6),
];

export async function blockCompression(): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const recordBytes of RECORD_SIZES) {
    const bytes = Buffer.concat(accessLogs({ count: 500, recordBytes }));
    const pressed = CANDIDATES.map(({ compress }) => compress(bytes));
    const options = { rounds: 25, runsPerRound: recordBytes === 1024 ? 5 : 40 };
    const packing = await compareCpu(
      CANDIDATES.map(({ name, compress }) => ({ name, run: () => compress(bytes) })),
      options,
    );
    const unpacking = await compareCpu(
      CANDIDATES.map(({ name, decompress }, i) => ({ name, run: () => decompress(pressed[i]!) })),
      options,
    );
    tables.push({
      title: `A block of 500 access logs of ${recordBytes} B`,
      columns: ["compression", "size, KB", "compress, ms", "to the one used", "decompress, ms"],
      rows: CANDIDATES.map(({ name }, i) => [
        name,
        fixed(pressed[i]!.length / 1000, 1),
        medianAndLeast(packing[i]!),
        fixed(packing[i]!.ratio, 2),
        medianAndLeast(unpacking[i]!),
      ]),
    });
  }
  return tables;
}

function medianAndLeast({ medianMs, leastMs }: Measured): string {
  return `${fixed(medianMs, 2)} (least ${fixed(leastMs, 2)})`;
}
