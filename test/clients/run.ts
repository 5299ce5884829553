/**
 * `npm run test:clients`: Hydrant before programs that others wrote. Each folder here is a suite with a `run.ts` of its
 * own, which installs what it needs, says what it sees, and ends with 0 if all was well. They need more than Node (see
 * each suite's head), and are no part of `npm test`.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerHelp } from "../../bin/help.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const suites = readdirSync(here).filter((name) => existsSync(join(here, name, "run.ts")));

answerHelp(`
npm run test:clients -- [NAME …]

  NAME     one of the suites: ${suites.join(", ")} (all of them)
  --help   this text`);

const given = process.argv.slice(2);
const unknown = given.find((name) => !suites.includes(name));
if (unknown !== undefined) {
  console.error(`there is no suite ${unknown}; --help lists them`);
  process.exit(1);
}

const failed: string[] = [];
for (const name of given.length > 0 ? given : suites) {
  console.log(`== ${name}`);
  const child = spawn(process.execPath, [join(here, name, "run.ts")], { stdio: "inherit" });
  const code = await new Promise<number>((resolve) =>
    child.once("exit", (end) => resolve(end ?? 1)),
  );
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "all suites passed" : `failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
