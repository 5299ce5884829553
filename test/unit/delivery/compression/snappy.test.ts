import { randomBytes } from "node:crypto";
import kafkajsSnappy from "kafkajs-snappy";
import { uncompress } from "snappyjs";
import { expect, test } from "vitest";
import { compress, cut, logLines } from "./compressing.ts";

const CONTENTS = [
  logLines(1_000_000),
  randomBytes(100_000),
  Buffer.from("x"),
  Buffer.alloc(70_000),
];
const CUT = [999, 1, 300_000, 17];

test.each(CONTENTS.map((contents) => [contents.byteLength, contents] as const))(
  "Snappy is read by a client of Kafka, which has the same stream: %i bytes",
  async (_length, contents) => {
    const compressed = await compress("Snappy", cut(contents, CUT));
    expect(compressed.subarray(0, 8).toString("hex")).toBe("82534e4150505900");
    expect((await kafkajsSnappy().decompress(compressed)).equals(contents)).toBe(true);
  },
);

/** As Hadoop reads it: pieces follow until the block's length is reached. */
function* hadoopBlocks(bytes: Buffer) {
  for (let at = 0; at < bytes.byteLength;) {
    const blockBytes = bytes.readUInt32BE(at);
    at += 4;
    for (let seenBytes = 0; seenBytes < blockBytes;) {
      const pieceBytes = bytes.readUInt32BE(at);
      const piece = uncompress(bytes.subarray(at + 4, at + 4 + pieceBytes));
      yield piece;
      seenBytes += piece.byteLength;
      at += 4 + pieceBytes;
    }
  }
}

test.each(CONTENTS.map((contents) => [contents.byteLength, contents] as const))(
  "HADOOP_SNAPPY is blocks behind their lengths: %i bytes",
  async (_length, contents) => {
    const compressed = await compress("HADOOP_SNAPPY", cut(contents, CUT));
    const blocks = [...hadoopBlocks(compressed)];
    expect(Buffer.concat(blocks).equals(contents)).toBe(true);
    expect(Math.max(...blocks.map((block) => block.byteLength))).toBeLessThanOrEqual(32_768);
  },
);

test("Snappy makes logs smaller", async () => {
  const contents = logLines(1_000_000);
  for (const compression of ["Snappy", "HADOOP_SNAPPY"] as const) {
    const compressed = await compress(compression, [contents]);
    expect(compressed.byteLength).toBeLessThan(contents.byteLength * 0.7);
  }
});
