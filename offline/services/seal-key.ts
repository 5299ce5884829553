/**
 * The key that seals the secrets in a local stack's database, in a file that only its owner reads. It is made
 * once, before the database is, and stays with its data: a copy of the folder opens as the original does.
 */
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Answers the key's file; throws where the key that sealed what the database holds is missing. */
export function ensureSealKey(directory: string, hasDatabase: boolean): string {
  const file = join(directory, "key");
  if (existsSync(file)) return file;
  if (hasDatabase) {
    throw new Error(
      `${file} is missing, and without it the secrets of the data beside it cannot be read; ` +
        "bring it back, or remove the data with --reset",
    );
  }
  const unfinished = `${file}.new`;
  writeFileSync(unfinished, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
  return file;
}
