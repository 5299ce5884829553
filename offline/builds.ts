/** What a stack runs, built from the sources into a directory of its own. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { claimDirectory, removeUnclaimed, type Claimed } from "./claimed.ts";

const BUILD_ROOT = ".esbuild";

/** Below the service's directory, where imports find its packages; stacks that run side by side have one each. */
export function claimBuildDir(serviceDir: string): Claimed {
  const root = join(serviceDir, BUILD_ROOT);
  removeUnclaimed(root);
  return claimDirectory(root);
}

export interface Sources {
  readonly serviceDir: string;
  /** Each function comes to stand at the path in it that it has in the service. */
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
