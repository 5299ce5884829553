/**
 * What the stack does to its own access keys at a start, by the tools that stand in bin/: the key `test` / `test`,
 * which is verified like any other, and the secrets of an older database, which stood there in clear.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const LOCAL_KEY = { id: "test", secret: "test" };
const LOCAL = ["--id", LOCAL_KEY.id, "--secret", LOCAL_KEY.secret] as const;

/** A large database is written anew for a while, and its server waits as long. */
const BUSY_TIMEOUT_MS = 60_000;

/** Answers what went wrong, if anything did; a stack without its key still serves those who bring their own. */
export async function createLocalKey(
  serviceDir: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const command = ["keys", "create", "--allow-everything", "--if-missing", ...LOCAL];
  const problem = await runTool(serviceDir, join("hydrant", "main.ts"), command, environment);
  return problem === undefined ? undefined : `the key test/test was not made: ${problem}`;
}

/**
 * Seals what an older database holds in clear and then writes the database anew, for what was overwritten in it
 * would still stand in the file.
 */
export async function sealOldSecrets(
  serviceDir: string,
  environment: NodeJS.ProcessEnv,
  databaseFile: string,
): Promise<void> {
  const problem = await runTool(serviceDir, "seal-secrets.ts", [], environment);
  if (problem !== undefined)
    throw new Error(`the secrets of access keys could not be sealed: ${problem}`);
  const database = new DatabaseSync(databaseFile);
  database.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`,
  );
  database.close();
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
