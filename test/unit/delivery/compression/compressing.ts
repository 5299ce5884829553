/** What the tests of the compressions share. */
import { COMPRESSION_FORMATS } from "../../../../src/delivery/compression/index.ts";
import type { Compression } from "../../../../src/delivery/delivery-stream.ts";

export async function compress(
  compression: Compression,
  chunks: Iterable<Uint8Array>,
  seed = "a key",
): Promise<Buffer> {
  const output: Buffer[] = [];
  const compressor = COMPRESSION_FORMATS[compression].open(async (bytes) => {
    output.push(Buffer.from(bytes));
  }, seed);
  for (const chunk of chunks) await compressor.write(chunk);
  await compressor.end();
  return Buffer.concat(output);
}

export function* cut(bytes: Uint8Array, lengths: readonly number[]) {
  let from = 0;
  for (let i = 0; from < bytes.byteLength; i++) {
    yield bytes.subarray(from, (from += lengths[i % lengths.length]!));
  }
}

/** Compressible, without a period that would hide an offset. */
export function logLines(byteCount: number): Buffer {
  let text = "";
  for (let i = 0; text.length < byteCount; i++) {
    text += `${i} GET /items/${(i * 7919) % 10_007} 200 ${(i * 31) % 977}\n`;
  }
  return Buffer.from(text.slice(0, byteCount));
}
