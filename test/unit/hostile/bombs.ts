/**
 * Puts what is small and becomes large through the code that makes it large, in a process of its own, and prints a line
 * for each: what became of it, and by how much the most memory that the process ever held has grown.
 */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createDeflateRaw, createGzip, gzipSync } from "node:zlib";
import { decompressed } from "../../../src/delivery/compression/decompress.ts";
import { enter, type Stage } from "../../../src/delivery/stages/outcome.ts";
import { stagesBeforeLambda } from "../../../src/delivery/stages/settings.ts";
import { memoryJq } from "../../../src/storage/memory/jq.ts";
import { extractMetadata } from "../../../src/delivery/stages/metadata.ts";

export interface Exploded {
  readonly name: string;
  readonly became: string;
  readonly inputBytes: number;
  readonly grownMiB: number;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const PIECE = Buffer.alloc(MIB);
/** Of so many mebibytes of nothing. What makes a bomb must not take the memory that is measured. */
const pieces = (mebibytes: number) => Readable.from(Array<Buffer>(mebibytes).fill(PIECE));
const gzipOf = (mebibytes: number) => buffer(pieces(mebibytes).pipe(createGzip()));

const gunzip: Stage = stagesBeforeLambda({ decompression: "GZIP" });
const logEvents: Stage = stagesBeforeLambda({ decompression: "GZIP", messageExtraction: true });
const through = (stage: Stage) => (data: Uint8Array) =>
  stage(enter({ recordId: "1", arrivedAtMs: 0, data }))
    .map((outcome) => (outcome.kind === "failed" ? outcome.errorCode : outcome.kind))
    .join();
const asObject = (data: Uint8Array) => {
  try {
    return `${decompressed(data, 16 * MIB).length} bytes`;
  } catch (error) {
    return (error as Error).name;
  }
};

/** A block of Snappy's framing that says of itself that it holds so much. */
function snappyLie(byteCount: number): Buffer {
  const length: number[] = [];
  for (let rest = byteCount; rest > 0; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) | (rest > 127 ? 0x80 : 0));
  }
  const block = Buffer.from([...length, 0x00, 0x61]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(block.length);
  const sign = Buffer.from("\x82SNAPPY\0", "latin1");
  return Buffer.concat([sign, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]), frame, block]);
}

/** An archive of one entry, as ours are. */
async function zipOf(mebibytes: number): Promise<Buffer> {
  const deflated = await buffer(pieces(mebibytes).pipe(createDeflateRaw()));
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(deflated.length, 20);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt32LE(local.length + deflated.length, 16);
  return Buffer.concat([local, deflated, central, end]);
}

const GIGABYTE = await gzipOf(1024);
const JSON_LISTS = gzipSync(`[${"[],".repeat(5_000_000)}0]`);
const BOMBS: readonly (readonly [string, Uint8Array, (data: Uint8Array) => string])[] = [
  ["a gigabyte of nothing in a record", GIGABYTE, through(gunzip)],
  ["a gigabyte in an envelope of log events", GIGABYTE, through(logEvents)],
  ["five million lists in a record", JSON_LISTS, through(logEvents)],
  ["a gigabyte in an object", GIGABYTE, asObject],
  ["an archive of a gigabyte", await zipOf(1024), asObject],
  ["a block of Snappy that lies", snappyLie(15 * MIB), asObject],
  ["a block of Snappy that lies beyond the bound", snappyLie(GIB), asObject],
];

const peakMiB = () => process.resourceUsage().maxRSS / 1024;
// What made the bombs is held until then.
globalThis.gc?.();
const standingMiB = peakMiB();
for (const [name, data, explode] of BOMBS) {
  print(name, explode(data), data.length);
}
const stage = extractMetadata({ query: "{id: .a}", engine: memoryJq(), nowMs: 0 });
const [[lists] = []] = await stage([
  enter({ recordId: "1", arrivedAtMs: 0, data: Buffer.from(`[${"[],".repeat(5_000_000)}0]`) }),
]);
print("five million lists for a query", lists?.kind === "failed" ? lists.errorCode : "", 0);

function print(name: string, became: string, inputBytes: number): void {
  const exploded: Exploded = { name, became, inputBytes, grownMiB: peakMiB() - standingMiB };
  process.stdout.write(`${JSON.stringify(exploded)}\n`);
  globalThis.gc?.();
}
