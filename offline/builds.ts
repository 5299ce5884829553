/** What a stack runs, built from the sources into a directory for each process. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "./processes.ts";

const BUILD_ROOT = ".esbuild";

/** Below the service's directory. Stacks that run side by side must not bundle over each other. */
export function buildDirOf(pid: number): string {
  return join(BUILD_ROOT, String(pid));
}

/** Those whose process is gone. */
export function removeStaleBuilds(serviceDir: string): void {
  const root = join(serviceDir, BUILD_ROOT);
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid !== process.pid && isAlive(pid)) continue;
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

export interface Sources {
  readonly serviceDir: string;
  /** Below the service's directory, as the framework wants it: each function at the path it has in the service. */
  readonly outDir: string;
  /** `handlers/api.handler` */
  readonly handlers: readonly string[];
  /** Whether the packages that are imported go into each function, too, or are shared by all. */
  readonly packages: "bundle" | "external";
}

const EXTENSIONS = [".ts", ".js"];

/** Readable as it is, so that what is thrown needs no source map to be understood. */
export function buildFunctions(sources: readonly Sources[]): Promise<void> {
  const options = sources
    .filter(({ handlers }) => handlers.length > 0)
    .map(({ serviceDir, outDir, handlers, packages }) => ({
      absWorkingDir: serviceDir,
      entryPoints: handlers.map((handler) => sourceOf(serviceDir, handler)),
      outdir: outDir,
      outbase: serviceDir,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      keepNames: true,
      format: "esm",
      platform: "node",
      target: `node${process.versions.node}`,
      packages,
      // Packages in CommonJS ask for Node's own modules in theirs.
      banner: {
        js: 'import { createRequire as hydrantCreateRequire } from "node:module"; const require = hydrantCreateRequire(import.meta.url);',
      },
    }));
  const script = fileURLToPath(new URL("build.mjs", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, JSON.stringify(options)], (error, _, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}

function sourceOf(serviceDir: string, handler: string): string {
  const stem = handler.slice(0, handler.lastIndexOf("."));
  const extension = EXTENSIONS.find((each) => existsSync(join(serviceDir, stem + each)));
  if (extension === undefined) throw new Error(`the handler ${handler} was not found`);
  return stem + extension;
}
