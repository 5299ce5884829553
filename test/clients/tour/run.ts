/**
 * The README's tour, each block pasted into a shell with nothing set but a path: by version 1 of the AWS CLI, by
 * version 2 where `aws` on the path (or HYDRANT_AWS) is one, and by boto3, which the tour's own script uses. Needs
 * Python 3.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startStack, type StackProcess } from "../../helpers/stack-process.ts";
import { pythonWith } from "../python.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The shell's blocks between two headings of the README. */
function tour(): readonly string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const section = text.slice(text.indexOf("## Five minutes"), text.indexOf("## Point an existing"));
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block!);
}

/** Prints what it runs, and stops at the first command that fails, as a person would. */
async function paste(stack: StackProcess, path: readonly string[], home: string): Promise<boolean> {
  const script = ["shopt -s expand_aliases", "set -e", ...tour()]
    .join("\n")
    .replaceAll("http://127.0.0.1:4566", stack.apiEndpoint)
    .replaceAll("http://127.0.0.1:4572", stack.s3Endpoint);
  const shell = spawn("bash", ["--norc", "--noprofile", "-s"], {
    cwd: root,
    env: { PATH: path.join(":"), HOME: home, HYDRANT_DATA_DIR: stack.dataDir, AWS_PAGER: "" },
    stdio: ["pipe", "inherit", "inherit"],
  });
  shell.stdin.end(script);
  return (await new Promise((resolve) => shell.once("exit", resolve))) === 0;
}

async function take(name: string, tools: string, aws: string): Promise<boolean> {
  const version = execFileSync(aws, ["--version"], { encoding: "utf8" }).trim();
  console.log(`-- ${name}: ${version}`);
  const home = mkdtempSync(join(tmpdir(), "hydrant-tour-"));
  symlinkSync(aws, join(home, "aws"));
  const stack = await startStack();
  try {
    const path = [home, tools, dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];
    const isGood = await paste(stack, path, home);
    console.log(`-- ${name}: ${isGood ? "every command succeeded" : "FAILED"}`);
    return isGood;
  } finally {
    await stack.stop();
    for (const folder of [stack.dataDir, home]) rmSync(folder, { recursive: true, force: true });
  }
}

function versionTwo(): string | undefined {
  const candidates = [process.env["HYDRANT_AWS"], "/usr/local/bin/aws", "/usr/bin/aws"];
  return candidates.find((aws) => {
    if (!aws) return false;
    try {
      return execFileSync(aws, ["--version"], { encoding: "utf8" }).startsWith("aws-cli/2");
    } catch {
      return false;
    }
  });
}

const tools = pythonWith("tour", ["awscli", "boto3"]);
const results = [await take("version 1", tools, join(tools, "aws"))];
const second = versionTwo();
if (second === undefined) console.log("-- version 2: not found; HYDRANT_AWS names one");
else results.push(await take("version 2", tools, second));
process.exit(results.every(Boolean) ? 0 : 1);
