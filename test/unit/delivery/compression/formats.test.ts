import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSION_FORMATS } from "../../../../src/delivery/compression/index.ts";
import { compress, cut, logLines } from "./compressing.ts";

describe.each(["GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] as const)("%s", (compression) => {
  const { open } = COMPRESSION_FORMATS[compression];

  test("depends on the contents alone, not on how they were cut", async () => {
    const contents = logLines(400_000);
    const whole = await compress(compression, [contents]);
    const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lengths, async (lengthsOfChunks) => {
        const all = lengthsOfChunks.map((length) => Math.max(length, 50));
        expect((await compress(compression, cut(contents, all))).equals(whole)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("depends on nothing that was compressed before", async () => {
    const contents = logLines(400_000);
    const whole = await compress(compression, [contents]);
    for (const length of [1, 100_000, 33_000, 7, 4242]) {
      await compress(compression, [randomBytes(length), contents.subarray(length)]);
      // Ends like it, with the same words elsewhere.
      await compress(compression, [contents.subarray(length)]);
      expect((await compress(compression, [contents])).equals(whole)).toBe(true);
    }
  });

  test("keeps no reference to a chunk that was taken", async () => {
    const chunk = Buffer.from("first");
    function* chunks() {
      yield chunk;
      chunk.write("again");
      yield chunk;
    }
    const compressed = await compress(compression, chunks());
    expect(compressed).toEqual(await compress(compression, [Buffer.from("firstagain")]));
  });

  test("hands on the failure of what takes its output", async () => {
    const compressor = open(() => Promise.reject(new Error("full")), "a key");
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
    const compressor = open(async () => {
      expect(isSending).toBe(false);
      isSending = true;
      // Longer than the next block takes to be compressed.
      if (isFirst) await promisify(deflate)(randomBytes(2_000_000));
      isFirst = false;
      isSending = false;
    }, "a key");
    for (const chunk of cut(randomBytes(2_000_000), [70_000])) await compressor.write(chunk);
    await compressor.end();
  });
});

describe.each(["GZIP", "ZIP"] as const)("%s", (compression) => {
  test("can be given up in the middle, once what is being sent is through", async () => {
    const sending = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let isOver = false;
    const compressor = COMPRESSION_FORMATS[compression].open(() => {
      expect(isOver).toBe(false);
      sending.resolve();
      return release.promise;
    }, "a key");
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

test.each([
  ["UNCOMPRESSED", "", undefined],
  ["GZIP", ".gz", "gzip"],
  ["ZIP", ".zip", "zip"],
  ["Snappy", ".snappy", "snappy-java"],
  ["HADOOP_SNAPPY", ".snappy", "hadoop-snappy"],
] as const)("%s has the ending %j and the encoding %j", (compression, extension, encoding) => {
  expect(COMPRESSION_FORMATS[compression].extension).toBe(extension);
  expect(COMPRESSION_FORMATS[compression].contentEncoding).toBe(encoding);
});
