/**
 * `npm run test:aws:rights`: records which calls of AWS the functions make while the suites run against the local stack,
 * writes what kinds there were into calls.jsonl beside this file, and holds the policies against them, as
 * test/unit/aws/rights.test.ts does. A quarter of an hour. `-- --add` keeps the kinds that are there already, `-- FILE …` runs
 * these files only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { answerHelp } from "../../../bin/help.ts";
import { root } from "../deployment.ts";
import { readCalls, writeCalls } from "./calls.ts";
import { checkRights } from "./rights.ts";

answerHelp(`
npm run test:aws:rights -- [--add] [FILE …]

  --add    keeps what was recorded before
  FILE     of the stack's suites (all of them)
  --help   this text`);

const args = process.argv.slice(2);
const files = args.filter((arg) => arg !== "--add");
const folder = mkdtempSync(join(tmpdir(), "hydrant-rights-"));
const recorded = join(folder, "calls.jsonl");
try {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const run = [vitest, "run", "--project", "stack", "--reporter=default", ...files];
  const env = { ...process.env, HYDRANT_RECORD_CALLS: recorded };
  const { status } = spawnSync(process.execPath, run, { cwd: root, env, stdio: "inherit" });
  // What was recorded is worth having whether all of it passed or not.
  if (status !== 0) console.log(`the suites ended with ${status}`);
  const before = args.includes("--add") ? readCalls() : [];
  writeCalls([...before, ...(existsSync(recorded) ? readCalls(recorded) : [])]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { denied, unused } = checkRights(readCalls());
console.log(`${readCalls().length} kinds of calls, ${unused.length} rights that none of them used`);
console.log(denied.length === 0 ? "none is denied" : `denied:\n${denied.join("\n")}`);
process.exitCode = denied.length === 0 ? 0 : 1;
