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
}

const EXTENSIONS = [".ts", ".js"];

/** Readable as it is, so that what is thrown needs no source map to be understood; packages are shared by all. */
export function buildFunctions({ serviceDir, outDir, handlers }: Sources): Promise<void> {
  const options = {
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
    packages: "external",
  };
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
