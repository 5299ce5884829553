/** Python with packages from PyPI, in an environment of its own that later runs find again. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/hydrant-clients", import.meta.url));

/** @returns the environment's `bin` folder, with `python3` and what the packages bring */
export function pythonWith(name: string, packages: readonly string[]): string {
  const folder = join(CACHE, name);
  const bin = join(folder, "bin");
  if (!existsSync(join(folder, "ready"))) {
    mkdirSync(CACHE, { recursive: true });
    execFileSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
    const install = ["install", "--quiet", "--disable-pip-version-check", ...packages];
    execFileSync(join(bin, "pip"), install, { stdio: "inherit" });
    mkdirSync(join(folder, "ready"));
  }
  return bin;
}
