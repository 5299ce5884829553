import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isAlive } from "../../../offline/processes.ts";
import { eventually } from "../../helpers/eventually.ts";

const directory = mkdtempSync(join(tmpdir(), "hydrant-guard-"));
const started: number[] = [];
afterAll(() => {
  for (const pid of started) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** Has two processes that compute for ever watched over, one of them no longer, and then does so itself. */
const PARENT = `
import { spawn } from "node:child_process";
import { startGuard } from ${JSON.stringify(new URL("../../../offline/guard.ts", import.meta.url).href)};
const spin = () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }).pid;
const guard = startGuard(process.argv[2]);
const [watched, released] = [spin(), spin()];
guard.watch(watched);
guard.watch(released)();
setImmediate(() => {
  process.stdout.write(JSON.stringify({ watched, released }));
  for (;;);
});
`;

async function pidsOf({ stdout }: ChildProcess): Promise<{ watched: number; released: number }> {
  const [text] = (await once(stdout!, "data")) as [Buffer];
  return JSON.parse(text.toString()) as { watched: number; released: number };
}

it("ends what it watches over, and that alone, when its process is killed", async () => {
  const script = join(directory, "parent.mjs");
  const scratch = mkdtempSync(join(directory, "scratch-"));
  writeFileSync(script, PARENT);
  const parent = spawn(process.execPath, [script, scratch], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { watched, released } = await pidsOf(parent);
  started.push(watched, released);
  expect([isAlive(watched), isAlive(released)]).toEqual([true, true]);
  parent.kill("SIGKILL");
  await eventually("it is ended, and its files are gone", () =>
    Promise.resolve((!isAlive(watched) && !existsSync(scratch)) || undefined),
  );
  expect(isAlive(released)).toBe(true);
});
