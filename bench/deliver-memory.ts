/**
 * How much memory should the deliver function have? Lambda gives a share of a core in proportion to it, and takes
 * money for memory times time. What a flush computes is measured here, what it waits for is assumed; from both follow the
 * time and the price of each size.
 */
import { fillBacklog } from "./backlog.ts";
import { compareCpu } from "./measure.ts";
import { PRICES } from "./prices.ts";
import { fixed, type Table } from "./report.ts";

const MIB = 2 ** 20;
const MEMORY_MB = [512, 1024, 1769, 3008];
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_PER_CORE = 1769;
/** zlib has a thread of its own; more cores have nothing to do. */
const CORES_USED_MAX = 2;
const BUFFER_BYTES = 5 * MIB;
const RAISED_BYTES = 64 * MIB;
const SMALL_BYTES = 10_000;
const SAMPLE_BYTES = 8 * MIB;
/** Assumed: what a flush waits for, and its own work beside its records. */
const FLUSH_WAIT_MS = 150;
const FLUSH_CPU_MS = 15;

export async function deliverMemory(): Promise<readonly Table[]> {
  const shape = { recordBytes: 1024, recordsPerBlock: 500, totalBytes: SAMPLE_BYTES };
  const backlog = await fillBacklog({ ...shape, compression: "GZIP" });
  const flush = { name: "flush", run: () => backlog.flush() };
  const [measured] = await compareCpu([flush], { rounds: 15, runsPerRound: 1 });
  const cpuMsPerMb = measured!.medianMs / (backlog.byteCount / 1e6);
  return [
    {
      title: "What the deliver function's memory costs, records as GZIP",
      columns: [
        "memory, MB",
        "cores",
        "a flush of 5 MiB, ms",
        "dollars per GB, in such flushes",
        "dollars per million flushes of 10 KB",
        "one reader that is behind, MB/s",
      ],
      rows: MEMORY_MB.map((memoryMb) => rowOf(memoryMb, cpuMsPerMb)),
    },
  ];
}

function rowOf(memoryMb: number, cpuMsPerMb: number): (string | number)[] {
  const cores = Math.min(memoryMb / MB_PER_CORE, CORES_USED_MAX);
  const flushMs = (bytes: number) =>
    FLUSH_WAIT_MS + (FLUSH_CPU_MS + (bytes / 1e6) * cpuMsPerMb) / cores;
  const dollars = (ms: number) => (memoryMb / 1024) * (ms / 1000) * PRICES.lambdaGbSecond.dollars;
  const perGb = (dollars(flushMs(BUFFER_BYTES)) * 1e9) / BUFFER_BYTES;
  return [
    memoryMb,
    fixed(memoryMb / MB_PER_CORE, 2),
    fixed(flushMs(BUFFER_BYTES), 0),
    fixed(perGb, 5),
    fixed(dollars(flushMs(SMALL_BYTES)) * 1e6, 2),
    fixed(RAISED_BYTES / 1e3 / flushMs(RAISED_BYTES), 1),
  ];
}
