/**
 * Which callers the conformance tests of Kinesis run through: `HYDRANT_CONFORMANCE_CALLERS`, a comma list of
 * `javascript`, `cbor`, `boto3` and `cli`. boto3 and the AWS CLI are those of `HYDRANT_PYTHON` and `HYDRANT_AWS`;
 * they are asked once what they know, and what the tests could not ask of them is listed in the end. Those of Firehose
 * run through one of them at a time, `HYDRANT_FIREHOSE_CALLER`: `javascript`, `boto3` or `cli`.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { BRIDGE } from "../conformance/clients/boto3.ts";
import { kebab } from "../conformance/clients/cli.ts";
import type { Installed } from "../conformance/kinesis/callers/installed.ts";
import { kinesisService } from "../../src/operations/kinesis/index.ts";

export type CallerChoice =
  | { readonly name: "javascript" | "cbor" }
  | { readonly name: "boto3" | "cli"; readonly installed: Installed };

export type FirehoseCaller =
  | { readonly name: "javascript" }
  | { readonly name: "boto3"; readonly command: string }
  | { readonly name: "cli"; readonly command: string; readonly version: string };

declare module "vitest" {
  export interface ProvidedContext {
    firehoseCaller: FirehoseCaller;
    conformanceCallers: readonly CallerChoice[];
    /** A file that takes a line for whatever a chosen caller does not know. */
    notCoveredFile: string;
  }
}

const run = promisify(execFile);
/** Enough to keep two cores busy with Python. */
const SPAWN_CONCURRENCY = 4;

export default async function setup(project: TestProject): Promise<() => void> {
  const names = (process.env["HYDRANT_CONFORMANCE_CALLERS"] ?? "javascript,cbor").split(",");
  const choices = await Promise.all(names.map((name) => choice(name.trim())));
  const directory = mkdtempSync(join(tmpdir(), "hydrant-conformance-"));
  const notCoveredFile = join(directory, "not-covered.txt");
  writeFileSync(notCoveredFile, "");
  project.provide("conformanceCallers", choices);
  project.provide("firehoseCaller", await firehoseCaller());
  project.provide("notCoveredFile", notCoveredFile);
  return () => {
    print(choices, readFileSync(notCoveredFile, "utf8"));
    rmSync(directory, { recursive: true });
  };
}

async function choice(name: string): Promise<CallerChoice> {
  switch (name) {
    case "javascript":
    case "cbor":
      return { name };
    case "boto3":
      return { name, installed: await installedBoto3(pythonCommand()) };
    case "cli":
      return { name, installed: await installedCli(cliCommand()) };
    default:
      throw new Error(
        `HYDRANT_CONFORMANCE_CALLERS knows javascript, cbor, boto3 and cli, got "${name}"`,
      );
  }
}

async function firehoseCaller(): Promise<FirehoseCaller> {
  const name = process.env["HYDRANT_FIREHOSE_CALLER"] ?? "javascript";
  switch (name) {
    case "javascript":
      return { name };
    case "boto3":
      return { name, command: pythonCommand() };
    case "cli":
      return { name, command: cliCommand(), version: await cliVersion(cliCommand()) };
    default:
      throw new Error(`HYDRANT_FIREHOSE_CALLER knows javascript, boto3 and cli, got "${name}"`);
  }
}

const pythonCommand = () => process.env["HYDRANT_PYTHON"] ?? "python3";
const cliCommand = () => process.env["HYDRANT_AWS"] ?? "aws";

/** `aws-cli/1.45.11` */
async function cliVersion(command: string): Promise<string> {
  const { stdout } = await run(command, ["--version"]).catch((cause: unknown) => {
    throw new Error(`${command} is needed, the AWS CLI (HYDRANT_AWS names another)`, { cause });
  });
  return stdout.split(" ")[0] ?? "";
}

async function installedBoto3(command: string): Promise<Installed> {
  const { stdout } = await run(command, [BRIDGE, "kinesis", "--model"]).catch((cause: unknown) => {
    throw new Error(`${command} with boto3 is needed (HYDRANT_PYTHON names another)`, { cause });
  });
  const { version, model } = JSON.parse(stdout) as Pick<Installed, "version" | "model">;
  return { command, version, model };
}

/** The CLI prints a skeleton of what an operation takes, and an error for one that it does not know. */
async function installedCli(command: string): Promise<Installed> {
  const version = await cliVersion(command);
  const env = { ...process.env, AWS_DEFAULT_REGION: "us-east-1", AWS_PAGER: "" };
  const skeleton = async (operation: string) => {
    const args = ["kinesis", kebab(operation), "--generate-cli-skeleton"];
    const printed = await run(command, args, { env }).catch(() => undefined);
    return printed && membersOf(JSON.parse(printed.stdout || "{}"));
  };
  const left = [...kinesisService.operations].flatMap(([name, { kind }]) =>
    kind === "operation" ? name : [],
  );
  const model: Record<string, readonly string[]> = {};
  const work = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const members = await skeleton(name);
      if (members) model[name] = members;
    }
  };
  await Promise.all(Array.from({ length: SPAWN_CONCURRENCY }, work));
  return { command, version, model };
}

function membersOf(skeleton: unknown): string[] {
  if (typeof skeleton !== "object" || skeleton === null) return [];
  const own = Array.isArray(skeleton) ? [] : Object.keys(skeleton);
  return [...own, ...Object.values(skeleton).flatMap(membersOf)];
}

function print(choices: readonly CallerChoice[], notCovered: string): void {
  for (const choiceMade of choices) {
    if (!("installed" in choiceMade)) continue;
    const { name, installed } = choiceMade;
    const lines = notCovered.split("\n").filter((line) => line.startsWith(`${name}: `));
    const list = [...new Set(lines)].toSorted().map((line) => `  ${line.slice(name.length + 2)}\n`);
    process.stdout.write(
      `${installed.version} (${installed.command}), not covered:\n${list.join("") || "  nothing\n"}`,
    );
  }
}
