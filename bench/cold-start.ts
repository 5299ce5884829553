/**
 * How long does a function take before its first call? Each bundle is loaded by a fresh Node, as Lambda loads it: its
 * modules are read, parsed and run, and the clients made. Beside it the same as it used to be bundled: clients whole, with
 * every provider of credentials, and a source map that Node reads at its start.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";
import { FUNCTION_ENVIRONMENT } from "../test/helpers/function-environment.ts";
import { readService } from "../test/helpers/resources.ts";
import { fixed, type Table } from "./report.ts";

const FUNCTIONS = ["api", "doorbell", "deliver", "consume", "sweep", "mappings"];
const ROUNDS = 11;

interface Way {
  readonly options: Pick<BuildOptions, "alias" | "mainFields" | "sourcemap" | "sourcesContent">;
  readonly flags: readonly string[];
}

interface Start {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

const LOAD = `
await import(process.argv[1]);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({
  cpuMs: (user + system) / 1000,
  rssMiB: process.memoryUsage().rss / 2 ** 20,
}));
process.exit();`;

export async function coldStart(): Promise<readonly Table[]> {
  const { alias, mainFields, sourcemap, ...common } = bundling();
  const ways: readonly Way[] = [
    { options: { sourcemap: true, sourcesContent: true }, flags: ["--enable-source-maps"] },
    { options: { alias, mainFields, sourcemap } as Way["options"], flags: [] },
  ];
  const bare = median(Array.from({ length: ROUNDS }, () => start("data:text/javascript,", [])));
  const rows: string[][] = [];
  const folder = mkdtempSync(join(tmpdir(), "hydrant-cold-start-"));
  try {
    for (const name of FUNCTIONS) {
      const candidates = await Promise.all(
        ways.map(async ({ options, flags }, i) => {
          const file = join(folder, String(i), `${name}.mjs`);
          const entryPoints = [`handlers/${name}.ts`];
          await build({ ...common, ...options, entryPoints, outfile: file });
          return { file, flags, starts: [] as Start[] };
        }),
      );
      // In turns, for the machine is not the same from one minute to the next.
      for (let round = 0; round < ROUNDS; round++) {
        for (const { file, flags, starts } of candidates) starts.push(start(file, flags));
      }
      const [before, now] = candidates.map(({ file, starts }) => {
        const { cpuMs, rssMiB } = median(starts);
        const beyond = [cpuMs - bare.cpuMs, rssMiB - bare.rssMiB];
        return [statSync(file).size / 1024, ...beyond].map((figure) => fixed(figure, 0));
      });
      rows.push([name, ...before!.map((figure, i) => `${figure} → **${now![i]}**`)]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    {
      title: "What a function takes before its first call: as it was bundled, and as it is",
      columns: ["function", "bundle, KiB", "CPU, ms", "memory, MiB"],
      rows,
      note: `Beyond Node itself (${fixed(bare.cpuMs, 0)} ms of CPU, ${fixed(bare.rssMiB, 0)} MiB). Medians of ${ROUNDS} starts.`,
    },
  ];
}

/** What serverless.yml says of it, less what is not esbuild's. */
function bundling(): BuildOptions {
  const {
    outputWorkFolder: _work,
    outputFileExtension: _extension,
    exclude: _none,
    ...options
  } = readService().custom["esbuild"] as BuildOptions & Record<string, unknown>;
  return { ...options, absWorkingDir: fileURLToPath(new URL("..", import.meta.url)) };
}

function start(file: string, flags: readonly string[]): Start {
  const args = [...flags, "--input-type=module", "--eval", LOAD, file];
  const options = { encoding: "utf8", env: FUNCTION_ENVIRONMENT } as const;
  return JSON.parse(execFileSync(process.execPath, args, options)) as Start;
}

/** By each figure alone. */
function median(starts: readonly Start[]): Start {
  const middle = (figure: keyof Start) =>
    starts.map((each) => each[figure]).toSorted((a, b) => a - b)[starts.length >> 1]!;
  return { cpuMs: middle("cpuMs"), rssMiB: middle("rssMiB") };
}
