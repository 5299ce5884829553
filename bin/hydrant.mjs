#!/usr/bin/env node
/**
 * `npx hydrant`. Plain JavaScript that old versions of Node can read: the rest is TypeScript, which runs under this
 * Node if it can, and otherwise under the one that this package brings on 64-bit Linux.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("hydrant/main.ts", import.meta.url);
const ownNode = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const [major, minor] = process.versions.node.split(".").map(Number);

if (process.features.typescript) await import(main.href);
else if (existsSync(ownNode)) runUnder(ownNode);
else if (major > 22 || (major === 22 && minor >= 15)) {
  runUnder(process.execPath, "--experimental-strip-types", "--no-warnings");
} else {
  console.error(`hydrant needs Node 22.15 or later; this is ${process.version}.`);
  process.exitCode = 1;
}

function runUnder(program, ...flags) {
  const args = [...flags, fileURLToPath(main), ...process.argv.slice(2)];
  const child = spawn(program, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
