import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSION_FORMATS } from "../../../src/delivery/compress.ts";
import type { Compression } from "../../../src/delivery/delivery-stream.ts";

async function compress(compression: Compression, chunks: Iterable<Uint8Array>): Promise<Buffer> {
  const output: Buffer[] = [];
  const compressor = COMPRESSION_FORMATS[compression].open(async (bytes) => {
    output.push(Buffer.from(bytes));
  });
  for (const chunk of chunks) await compressor.write(chunk);
  await compressor.end();
  return Buffer.concat(output);
}

function* cut(bytes: Uint8Array, lengths: readonly number[]) {
  let from = 0;
  for (let i = 0; from < bytes.byteLength; i++) {
    yield bytes.subarray(from, (from += lengths[i % lengths.length]!));
  }
}

/** Compressible, without a period that would hide an offset. */
function logLines(byteCount: number): Buffer {
  let text = "";
  for (let i = 0; text.length < byteCount; i++) {
    text += `${i} GET /items/${(i * 7919) % 10_007} 200 ${(i * 31) % 977}\n`;
  }
  return Buffer.from(text.slice(0, byteCount));
}

describe("GZIP", () => {
  test("is read by any gunzip, for contents of many blocks", async () => {
    const contents = logLines(1_000_000);
    const compressed = await compress("GZIP", cut(contents, [999, 1, 300_000, 17]));
    expect(gunzipSync(compressed).equals(contents)).toBe(true);
    expect(compressed.byteLength).toBeLessThan(contents.byteLength / 2);
  });

  test("has a header that depends on neither time nor machine", async () => {
    const compressed = await compress("GZIP", [Buffer.from("x")]);
    expect(compressed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
  });

  test("depends on the contents alone, not on how they were cut", async () => {
    const contents = logLines(400_000);
    const whole = await compress("GZIP", [contents]);
    const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lengths, async (lengthsOfChunks) => {
        const all = lengthsOfChunks.map((length) => Math.max(length, 50));
        expect((await compress("GZIP", cut(contents, all))).equals(whole)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("keeps no reference to a chunk that was taken", async () => {
    const chunk = Buffer.from("first");
    function* chunks() {
      yield chunk;
      chunk.write("again");
      yield chunk;
    }
    expect(gunzipSync(await compress("GZIP", chunks())).toString()).toBe("firstagain");
  });

  test("hands on the failure of what takes its output", async () => {
    const compressor = COMPRESSION_FORMATS.GZIP.open(() => Promise.reject(new Error("full")));
    const writeAndEnd = async () => {
      for (const chunk of cut(logLines(2_000_000), [70_000])) await compressor.write(chunk);
      await compressor.end();
    };
    await expect(writeAndEnd()).rejects.toThrow("full");
    await compressor.destroy();
  });

  test("can be given up in the middle, and sends nothing afterwards", async () => {
    let sentBytes = 0;
    const compressor = COMPRESSION_FORMATS.GZIP.open(async (bytes) => {
      sentBytes += bytes.byteLength;
    });
    for (const chunk of cut(logLines(700_000), [70_000])) await compressor.write(chunk);
    await compressor.destroy();
    const sentBeforeBytes = sentBytes;
    await new Promise((resolve) => setImmediate(resolve));
    expect(sentBytes).toBe(sentBeforeBytes);
  });
});

test("UNCOMPRESSED passes the bytes through", async () => {
  const contents = logLines(5000);
  expect(await compress("UNCOMPRESSED", cut(contents, [1, 2000]))).toEqual(contents);
});
