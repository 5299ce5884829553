/** Java with libraries from Maven, which later runs find again. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/clients", import.meta.url));

/**
 * @param suite the folder of a `pom.xml`
 * @returns the class path of what it names
 */
export function javaLibraries(name: string, suite: string): string {
  const folder = join(CACHE, name);
  if (!existsSync(folder)) {
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
    execFileSync("mvn", ["-q", "-B", ...goal], { cwd: suite, stdio: "inherit" });
  }
  return join(folder, "*");
}
