/**
 * The account that the local stack says it is: it stands in every ARN, queue URL and bucket name. What was stored under
 * one is not found under another, so a data folder belongs to the account that made it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DEFAULT_ACCOUNT_ID = "000000000000";

/** Reads `HYDRANT_ACCOUNT_ID`. */
export function readAccountId(text: string | undefined): string {
  if (text === undefined || text === "") return DEFAULT_ACCOUNT_ID;
  if (/^\d{12}$/.test(text)) return text;
  throw new Error(`HYDRANT_ACCOUNT_ID must be the 12 digits of an account id, got ${text}`);
}

/** Marks the folder as the account's; throws if its data are another's. */
export function claimData(dataDir: string, accountId: string): void {
  const file = join(dataDir, "account");
  const owner = existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  if (owner === undefined) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, `${accountId}\n`);
  } else if (owner !== accountId) {
    throw new Error(
      `the data in ${dataDir} are those of account ${owner}, not ${accountId}; ` +
        `set HYDRANT_ACCOUNT_ID=${owner}, set HYDRANT_DATA_DIR to another directory, or remove the data with --reset`,
    );
  }
}
