/**
 * How much memory does a flush need, and does it grow with the buffer? Each buffer size is flushed in a process
 * of its own, to an S3 slow enough that every part the writer may hold is held.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fillBacklog } from "./backlog.ts";
import { fixed, type Table } from "./report.ts";

const MIB = 2 ** 20;
const BUFFER_SIZES_MIB = [1, 5, 16, 32, 64, 128];
const UPLOAD_MS = 200;

const SHAPES = {
  "GZIP, 0.5 MiB blocks": { compression: "GZIP", recordBytes: 1024 },
  "plain, 0.5 MiB blocks": { compression: "UNCOMPRESSED", recordBytes: 1024 },
  "plain, 4 MiB blocks": { compression: "UNCOMPRESSED", recordBytes: 8192 },
} as const;
type ShapeName = keyof typeof SHAPES;

export async function flushMemory(): Promise<readonly Table[]> {
  const names = Object.keys(SHAPES) as ShapeName[];
  const rows = BUFFER_SIZES_MIB.map((sizeMiB) => [
    sizeMiB,
    ...names.map((name) => {
      const { peakMiB, baselineMiB } = inOwnProcess(name, sizeMiB);
      return `${fixed(peakMiB - baselineMiB, 0)} (${fixed(peakMiB, 0)})`;
    }),
  ]);
  return [
    {
      title: "Memory of one flush: peak less what the process held before, and the peak, MiB",
      columns: ["buffer, MiB", ...names],
      rows,
    },
  ];
}

interface Peak {
  readonly baselineMiB: number;
  readonly peakMiB: number;
}

function inOwnProcess(name: ShapeName, sizeMiB: number): Peak {
  const script = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, [script, name, String(sizeMiB)], {
    encoding: "utf8",
  });
  return JSON.parse(output) as Peak;
}

async function measureHere(name: ShapeName, sizeMiB: number): Promise<Peak> {
  const backlog = await fillBacklog({
    ...SHAPES[name],
    recordsPerBlock: 500,
    totalBytes: sizeMiB * MIB,
    distinctBlocks: 4,
    uploadMs: UPLOAD_MS,
  });
  const baselineMiB = process.memoryUsage.rss() / MIB;
  await backlog.flush();
  return { baselineMiB, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, sizeMiB] = process.argv;
  console.log(JSON.stringify(await measureHere(name as ShapeName, Number(sizeMiB))));
}
