/**
 * `npm run check:supply`: whether what Hydrant is made of is pinned, may be used, is free of known flaws and signed. The first two
 * follow from files of ours; the others only the registry can say, and where it does not, that is printed.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { answerHelp } from "./help.ts";
import { licenceProblems } from "./supply/licences.ts";
import type { Lockfile, Manifest } from "./supply/lockfile.ts";
import { lockProblems, versionProblems } from "./supply/pinned.ts";
import { advisoryVerdict, signatureVerdict, type Verdict } from "./supply/registry.ts";

answerHelp(`
npm run check:supply -- [--all]

  --all     what the registry does not say counts as a problem, too
  --help    this text

Ends with 1 where there is a problem. \`npm run sbom\` prints what there is, as CycloneDX.`);

const ROOT = new URL("../", import.meta.url);
const MANIFESTS = [
  "package.json",
  "packages/cli/package.json",
  "packages/deaggregate/package.json",
];

const read = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), "utf8")) as unknown;
const found = (problems: readonly string[]): Verdict =>
  problems.length === 0 ? { kind: "clean" } : { kind: "problems", problems };

/** Its answer is on standard output whether it is good or bad. */
function npm(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024, shell: process.platform === "win32" };
    execFile("npm", args, options, (_error, stdout) => resolve(stdout));
  });
}

const lockfile = read("package-lock.json") as Lockfile;
const versions = MANIFESTS.flatMap((path) =>
  versionProblems(read(path) as Manifest).map((problem) => `${path}, ${problem}`),
);
const checks: readonly (readonly [string, Verdict])[] = [
  ["versions are exact", found(versions)],
  ["packages are pinned by checksums", found(lockProblems(lockfile))],
  ["licences are allowed", found(licenceProblems(lockfile))],
  ["no known flaws", advisoryVerdict(await npm("audit", "--json"))],
  ["signed by the registry", signatureVerdict(await npm("audit", "signatures", "--json"))],
];
const isStrict = process.argv.includes("--all");
for (const [name, verdict] of checks) {
  if (verdict.kind === "clean") console.log(`ok            ${name}`);
  else if (verdict.kind === "unchecked") console.log(`NOT CHECKED   ${name}: ${verdict.reason}`);
  else for (const problem of verdict.problems) console.log(`PROBLEM       ${name}: ${problem}`);
  const isBad = verdict.kind === "problems" || (isStrict && verdict.kind === "unchecked");
  if (isBad) process.exitCode = 1;
}
