/**
 * How many megabytes of records does a core deliver? A backlog of blocks to one GZIP object, against the least
 * that anyone must do: decompress the blocks, and compress the same bytes at the same level.
 */
import { createGzip, zstdDecompressSync } from "node:zlib";
import { type Backlog, fillBacklog } from "./backlog.ts";
import { compareCpu } from "./measure.ts";
import { fixed, type Table } from "./report.ts";

const BACKLOGS = [
  { name: "500 × 1 KiB a block", recordBytes: 1024, recordsPerBlock: 500 },
  { name: "500 × 100 B a block", recordBytes: 100, recordsPerBlock: 500 },
  { name: "1 × 1 KiB a block", recordBytes: 1024, recordsPerBlock: 1 },
];
const TOTAL_BYTES = 8 * 2 ** 20;
const GZIP_LEVEL = 6;

export async function deliverCpu(): Promise<readonly Table[]> {
  const rows: (string | number)[][] = [];
  for (const { name, ...shape } of BACKLOGS) {
    const backlog = await fillBacklog({ ...shape, totalBytes: TOTAL_BYTES, compression: "GZIP" });
    const [least, ours] = await compareCpu(
      [
        { name: "floor", run: () => floorOf(backlog) },
        { name: "deliver", run: () => backlog.flush() },
      ],
      { rounds: 15, runsPerRound: 1 },
    );
    const mbPerSecond = (ms: number) => backlog.byteCount / 1e3 / ms;
    const [low, high] = ours!.ratioQuartiles;
    rows.push([
      name,
      fixed(mbPerSecond(least!.medianMs), 1),
      fixed(mbPerSecond(ours!.medianMs), 1),
      fixed(mbPerSecond(ours!.leastMs), 1),
      `${fixed(1 / ours!.ratio, 2)} (${fixed(1 / high, 2)}–${fixed(1 / low, 2)})`,
    ]);
  }
  return [
    {
      title: "Delivery per core, GZIP",
      columns: [
        "backlog",
        "floor, MB/s",
        "Hydrant, MB/s (median)",
        "Hydrant, MB/s (best)",
        "of the floor (quartiles)",
      ],
      rows,
    },
  ];
}

async function floorOf({ bodies }: Backlog): Promise<void> {
  const gzip = createGzip({ level: GZIP_LEVEL });
  gzip.on("data", () => {});
  const ended = new Promise((resolve) => gzip.once("end", resolve));
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for (const body of bodies) {
    const content = body.subarray(1);
    const bytes = body[0] === 1 ? zstdDecompressSync(content) : Buffer.from(content);
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes < 128 * 1024) continue;
    await new Promise((resolve) => gzip.write(Buffer.concat(waiting), resolve));
    waiting = [];
    waitingBytes = 0;
  }
  gzip.end(Buffer.concat(waiting));
  await ended;
}
