import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { claimDirectory, removeUnclaimed } from "../../../offline/claimed.ts";
import { acquireLock } from "../../../offline/lock.ts";

const scratch = mkdtempSync(join(tmpdir(), "hydrant-lock-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(scratch, "data-"))));

/** Where the system lets us, in a namespace of its own: what pids say of others means nothing there. */
const APART = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
const canBeApart = spawnSync(APART[0]!, [...APART.slice(1), "true"]).status === 0;

/** Another process that holds the lock until it is ended. */
async function holder(prefix: readonly string[] = []) {
  const source = new URL("../../../offline/lock.ts", import.meta.url).href;
  const script = `
const { acquireLock } = await import(${JSON.stringify(source)});
globalThis.lock = acquireLock(${JSON.stringify(directory)});
console.log("held");
setInterval(() => {}, 1000);`;
  const [program, ...args] = [...prefix, process.execPath, "--input-type=module", "-e", script];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return {
    async kill() {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("the lock of a stack's data", () => {
  it.each([
    ["another process", []],
    ["a process whose ids are others'", canBeApart ? APART : []],
  ])("is refused while %s holds it, and free when that is killed", async (_, prefix) => {
    const other = await holder(prefix);
    expect(() => acquireLock(directory)).toThrow(/another stack \(process \d+ of .*\) is using/);
    await other.kill();
    acquireLock(directory).release();
  });

  it("is refused within one process, too", () => {
    const lock = acquireLock(directory);
    expect(() => acquireLock(directory)).toThrow("another stack");
    lock.release();
    acquireLock(directory).release();
  });

  it("does not come along with a copy", async () => {
    const other = await holder();
    const copy = join(scratch, "copy");
    cpSync(directory, copy, { recursive: true });
    acquireLock(copy).release();
    await other.kill();
  });

  it("names the directory that cannot be locked", () => {
    const file = fileURLToPath(import.meta.url);
    expect(() => acquireLock(file)).toThrow(file);
  });
});

describe("claimed directories", () => {
  it("stand below the one that is named", () => {
    const claimed = claimDirectory(directory);
    expect(readdirSync(directory)).toHaveLength(1);
    claimed.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it("are removed once nobody claims them, and only those that bear the prefix", () => {
    const mine = claimDirectory(directory, "a-");
    claimDirectory(directory, "b-");
    const left = mkdtempSync(join(directory, "a-"));
    const heard: string[] = [];
    removeUnclaimed(directory, "a-", (path) => heard.push(path));
    expect(heard).toEqual([left]);
    expect(readdirSync(directory)).toHaveLength(2);
    mine.release();
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
