/** The tarballs as their users have them: installed beside code of their own, away from this checkout. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { aggregate } from "../../helpers/aggregate.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "hydrant-pack-"));
const modules = join(project, "node_modules");

const run = (program: string, ...args: readonly string[]) =>
  execFileSync(program, args, { cwd: project, encoding: "utf8" });

beforeAll(() => {
  execFileSync(process.execPath, [join(root, "bin", "pack.ts"), project], { cwd: root });
  for (const name of ["deaggregate", "cli"]) {
    const folder = join(modules, "@hydrant-streams", name);
    mkdirSync(folder, { recursive: true });
    const tarball = `hydrant-streams-${name}-${packageJson.version}.tgz`;
    run("tar", "-xzf", tarball, "-C", folder, "--strip-components=1");
  }
  symlinkSync(join(root, "node_modules", "@bufbuild"), join(modules, "@bufbuild"));
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

const PACKED = aggregate([
  { partitionKey: "a", data: Buffer.from("1") },
  { partitionKey: "b", data: Buffer.from("2") },
]);
const USE = `
  const data = Buffer.from("${Buffer.from(PACKED).toString("base64")}", "base64");
  console.log(deaggregate({ data, partitionKey: "k" }).map(({ partitionKey }) => partitionKey).join());`;

it.each([
  ["import", "use.mjs", 'import { deaggregate } from "@hydrant-streams/deaggregate";'],
  ["require", "use.cjs", 'const { deaggregate } = require("@hydrant-streams/deaggregate");'],
])("takes aggregates apart where it is had by %s", (_, file, line) => {
  writeFileSync(join(project, file), line + USE);
  expect(run(process.execPath, file)).toBe("a,b\n");
});

it("has types that need no other package", () => {
  const text = `import { deaggregateEvent, type EventUserRecord } from "@hydrant-streams/deaggregate";
    export const all: readonly EventUserRecord[] = [...deaggregateEvent([])];`;
  writeFileSync(join(project, "use.mts"), text);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext"];
  run(process.execPath, tsc, ...flags, "--target", "es2022", "--types", "", "use.mts");
});

it("brings built files, and nothing else", () => {
  const folder = join(modules, "@hydrant-streams", "deaggregate");
  expect(readdirSync(folder).toSorted()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
});

it("runs the command line", () => {
  const main = join(modules, "@hydrant-streams", "cli", "dist", "hydrant.js");
  expect(run(process.execPath, main, "--version")).toBe(`${packageJson.version}\n`);
});
