/** Where the bundler puts what a stack runs: a directory for each process. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
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
