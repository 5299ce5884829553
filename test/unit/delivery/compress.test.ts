import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { deflate, gunzipSync } from "node:zlib";
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

  test("sends one piece at a time", async () => {
    let isSending = false;
    let isFirst = true;
    const compressor = COMPRESSION_FORMATS.GZIP.open(async () => {
      expect(isSending).toBe(false);
      isSending = true;
      // Longer than the next block takes to be compressed.
      if (isFirst) await promisify(deflate)(randomBytes(2_000_000));
      isFirst = false;
      isSending = false;
    });
    for (const chunk of cut(randomBytes(2_000_000), [70_000])) await compressor.write(chunk);
    await compressor.end();
  });

  test("can be given up in the middle, once what is being sent is through", async () => {
    const sending = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let isOver = false;
    const compressor = COMPRESSION_FORMATS.GZIP.open(() => {
      expect(isOver).toBe(false);
      sending.resolve();
      return release.promise;
    });
    await compressor.write(randomBytes(200_000));
    await sending.promise;
    const destroyed = compressor.destroy().then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    release.resolve();
    await destroyed;
  });
});

test("UNCOMPRESSED passes the bytes through", async () => {
  const contents = logLines(5000);
  expect(await compress("UNCOMPRESSED", cut(contents, [1, 2000]))).toEqual(contents);
});
