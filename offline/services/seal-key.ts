/**
 * The key that seals the secrets in a local stack's database, in a file that only its owner reads. It is made
 * once and stays with its data: a copy of the folder opens as the original does.
 */
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface SealKey {
  readonly file: string;
  /** The database is older than the key: what it holds in clear is to be sealed, then `clearSecretsSealed` called. */
  readonly mayHoldClearSecrets: boolean;
}

export function ensureSealKey(directory: string, hasDatabase: boolean): SealKey {
  const file = join(directory, "key");
  const mark = markOf(file);
  if (!existsSync(file)) {
    // Before the key, so that a start that is cut short between the two is continued by the next.
    if (hasDatabase) writeFileSync(mark, "");
    const unfinished = `${file}.new`;
    writeFileSync(unfinished, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  }
  return { file, mayHoldClearSecrets: existsSync(mark) };
}

export function clearSecretsSealed(keyFile: string): void {
  rmSync(markOf(keyFile), { force: true });
}

const markOf = (keyFile: string) => `${keyFile}.clear-secrets`;
