/**
 * Objects of each compression before tools of their own: gunzip, unzip, Python's zipfile, python-snappy and the Snappy
 * of kafka-python. Needs Python 3 and unzip.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPRESSION_FORMATS } from "../../../src/delivery/compression/index.ts";
import type { Compression } from "../../../src/delivery/delivery-stream.ts";
import { pythonWith } from "../python.ts";

const python = join(pythonWith("compression", ["python-snappy==0.7.3", "kafka-python"]), "python3");

const KAFKA = `
import sys
from kafka.codec import snappy_decode
sys.stdout.buffer.write(snappy_decode(open(sys.argv[1], "rb").read()))`;
const HADOOP = `
import sys
from snappy.snappy import hadoop_stream_decompress
hadoop_stream_decompress(open(sys.argv[1], "rb"), sys.stdout.buffer)`;
const ZIPFILE = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
[name] = archive.namelist()
sys.stdout.buffer.write(archive.read(name))`;

/** Each prints the contents of the file whose name it is given last. */
const READERS: readonly (readonly [string, Compression, readonly string[]])[] = [
  ["gunzip", "GZIP", ["gunzip", "--stdout"]],
  ["unzip", "ZIP", ["unzip", "-p"]],
  ["zipfile", "ZIP", [python, "-c", ZIPFILE]],
  ["kafka-python", "Snappy", [python, "-c", KAFKA]],
  ["python-snappy", "HADOOP_SNAPPY", [python, "-c", HADOOP]],
];

const CONTENTS: Readonly<Record<string, Buffer>> = {
  "one byte": Buffer.from("x"),
  "one block": Buffer.from("line\n".repeat(6553)).subarray(0, 32_768),
  "many blocks": logLines(20_000_000),
  "nothing to compress": Buffer.concat(Array.from({ length: 9000 }, (_, i) => hash(i))),
};

const folder = mkdtempSync(join(tmpdir(), "hydrant-compression-"));
let failedCount = 0;
for (const [reader, compression, [command, ...options]] of READERS) {
  for (const [what, contents] of Object.entries(CONTENTS)) {
    const { extension } = COMPRESSION_FORMATS[compression];
    const file = join(folder, `object${extension}`);
    writeFileSync(file, await compress(compression, contents));
    let told: string;
    try {
      const read = execFileSync(command!, [...options, file], { maxBuffer: 1 << 30 });
      told = read.equals(contents) ? "the same" : `${read.byteLength} other bytes`;
    } catch (error) {
      told = String(error);
    }
    if (told !== "the same") failedCount++;
    console.log(`${compression} by ${reader}, ${what}: ${told}`);
  }
}
rmSync(folder, { recursive: true });
process.exitCode = failedCount === 0 ? 0 : 1;

async function compress(compression: Compression, contents: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const compressor = COMPRESSION_FORMATS[compression].open(async (bytes) => {
    pieces.push(Buffer.from(bytes));
  }, "an object's key");
  for (let at = 0; at < contents.byteLength; at += 77_777) {
    await compressor.write(contents.subarray(at, at + 77_777));
  }
  await compressor.end();
  return Buffer.concat(pieces);
}

function logLines(byteCount: number): Buffer {
  const lines: string[] = [];
  for (let i = 0, length = 0; length < byteCount; i++) {
    const line = `${i} GET /items/${(i * 7919) % 10_007} 200 ${(i * 31) % 977}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(""));
}

function hash(seed: number): Buffer {
  return createHash("sha256").update(String(seed)).digest();
}
