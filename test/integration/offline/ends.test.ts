/** However a stack is ended, nothing of it is left: no process, and no folder that was not to be kept. */
import { fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { isAlive } from "../../../offline/processes.ts";
import { eventually } from "../../helpers/eventually.ts";
import { spawnStart } from "../../helpers/stack-process.ts";
import { treeOf } from "../../helpers/process-tree.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "hydrant-ends-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ANYWHERE = { HYDRANT_PORT: "0", HYDRANT_S3_PORT: "0", HYDRANT_MEMORY: "1" };

function untilAllEnded(pids: readonly number[]): Promise<true> {
  return eventually(`${pids.join(", ")} ended`, async () => !pids.some(isAlive) || undefined);
}

function untilReady(output: () => string): Promise<true> {
  return eventually("the stack is ready", async () => output().includes("is ready") || undefined);
}

/** Nothing of a process that has ended: what a stack starts for a moment, such as a bundler, may go at any time. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The database's own command line names it. */
function databaseFileOf(pids: readonly number[]): string {
  const commands = pids.map((pid) => commandOf(pid).split("\0"));
  const args = commands.find((each) => each.includes("--db-path")) ?? [];
  return args[args.indexOf("--db-path") + 1] ?? "";
}

describe("npm start", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)("ends with npm, by %s", async (signal) => {
    const npm = spawn("npm", ["start"], { cwd: root, env: { ...process.env, ...ANYWHERE } });
    let output = "";
    npm.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await untilReady(() => output);
    const pids = treeOf(npm.pid!);
    expect(pids.length).toBeGreaterThanOrEqual(4);
    const databaseFile = databaseFileOf(pids);
    expect(existsSync(databaseFile)).toBe(true);
    npm.kill(signal);
    await untilAllEnded(pids);
    expect(existsSync(dirname(dirname(databaseFile)))).toBe(false);
  });
});

describe("a stack in memory", () => {
  const startInMemory = async () => {
    const stack = spawnStart(["--memory"], ANYWHERE);
    await untilReady(stack.output);
    const pids = treeOf(stack.process.pid!);
    return { ...stack, pids, databaseFile: databaseFileOf(pids) };
  };

  it("ends when its terminal is closed", async () => {
    const { process: entry, pids, databaseFile } = await startInMemory();
    for (const pid of pids) signalIfThere(pid, "SIGHUP");
    await untilAllEnded([...pids, entry.pid!]);
    expect(existsSync(dirname(dirname(databaseFile)))).toBe(false);
  });

  it("leaves neither database nor folder when its own processes are killed", async () => {
    const { process: entry, pids, databaseFile } = await startInMemory();
    const services = pids.find((pid) => commandOf(pid).includes("services/main"));
    for (const pid of [services!, entry.pid!]) signalIfThere(pid, "SIGKILL");
    await untilAllEnded(pids);
    expect(existsSync(dirname(dirname(databaseFile)))).toBe(false);
  });
});

it("leaves nothing when the parent of the services goes while they start", async () => {
  const dataDir = join(scratch, "services");
  const services = fork(join(root, "offline", "services", "main.ts"), { stdio: "ignore" });
  services.send({ dataDir, s3Port: 0 });
  const seen = new Set<number>();
  await eventually("the database has been started", async () => {
    for (const pid of treeOf(services.pid!)) seen.add(pid);
    return seen.size > 1 || undefined;
  });
  services.disconnect();
  await untilAllEnded([...seen]);
});

it("leaves nothing when it is refused", async () => {
  const functionsFile = join(scratch, "functions.yml");
  const dataDir = join(scratch, "refused");
  writeFileSync(join(scratch, "mine.mjs"), "export const handler = () => {};");
  writeFileSync(functionsFile, "transform: { handler: mine.handler }");
  const start = spawnStart(["--functions", functionsFile], {
    ...ANYWHERE,
    HYDRANT_MEMORY: "",
    HYDRANT_DATA_DIR: dataDir,
  });
  expect(await start.ended).toBe(1);
  expect(start.output()).toContain("the name transform is taken");
  expect(existsSync(dataDir)).toBe(false);
});
