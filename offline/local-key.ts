/** The access key `test` / `test`, made by the same tool that makes any key, and verified like any other. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const LOCAL_KEY = { id: "test", secret: "test" };
const LOCAL = ["--id", LOCAL_KEY.id, "--secret", LOCAL_KEY.secret] as const;

/** Answers what went wrong, if anything did; a stack without its key still serves those who bring their own. */
export function createLocalKey(
  serviceDir: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const tool = join(serviceDir, "bin", "hydrant", "main.ts");
  if (!existsSync(tool))
    return Promise.resolve(`${tool} is missing; the key test/test was not made`);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...process.execArgv, tool, "keys", "create", "--allow-everything", "--if-missing", ...LOCAL],
      { cwd: serviceDir, env: environment },
      (error, _, stderr) => {
        resolve(
          error === null
            ? undefined
            : `the key test/test was not made: ${stderr.trim() || error.message}`,
        );
      },
    );
  });
}
