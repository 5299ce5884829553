/** The stack's own access key, `test` / `test`, which is verified like any other: made at a start by the tool in bin/. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const LOCAL_KEY = { id: "test", secret: "test" };
const LOCAL = ["--id", LOCAL_KEY.id, "--secret", LOCAL_KEY.secret] as const;

/** Answers what went wrong, if anything did; a stack without its key still serves those who bring their own. */
export async function createLocalKey(
  serviceDir: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const command = ["keys", "create", "--allow-everything", "--if-missing", ...LOCAL];
  const problem = await runTool(serviceDir, join("hydrant", "main.ts"), command, environment);
  return problem === undefined ? undefined : `the key test/test was not made: ${problem}`;
}

function runTool(
  serviceDir: string,
  name: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const tool = join(serviceDir, "bin", name);
  if (!existsSync(tool)) return Promise.resolve(`${tool} is missing`);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...process.execArgv, tool, ...args],
      { cwd: serviceDir, env: environment },
      (error, _, stderr) => resolve(error === null ? undefined : stderr.trim() || error.message),
    );
  });
}
