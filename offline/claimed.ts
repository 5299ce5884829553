/**
 * Directories that are of use to one process only. Each is claimed by a lock in it, so that those whose process is gone
 * can be told from the others and removed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { tryLock, type Lock } from "./lock.ts";

export interface Claimed {
  readonly path: string;
  /** Removes it. */
  release(): void;
}

const CLAIM_FILE = "claim.db";

export function claimDirectory(parent: string, prefix = ""): Claimed {
  mkdirSync(parent, { recursive: true });
  for (;;) {
    const path = mkdtempSync(`${parent}${sep}${prefix}`);
    const lock = claim(path);
    // Between the two it may have been removed as nobody's.
    if (lock !== undefined && existsSync(join(path, CLAIM_FILE))) {
      return { path, release: () => remove(path, lock) };
    }
    lock?.release();
  }
}

/** `beforeRemoval` hears of each that nobody claims. */
export function removeUnclaimed(
  parent: string,
  prefix = "",
  beforeRemoval: (path: string) => void = () => {},
): void {
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    if (!name.startsWith(prefix)) continue;
    const path = join(parent, name);
    const lock = claim(path);
    if (lock === undefined) continue;
    beforeRemoval(path);
    remove(path, lock);
  }
}

/** Undefined as well where it is gone, or somebody else's. */
function claim(path: string): Lock | undefined {
  try {
    return tryLock(path, CLAIM_FILE);
  } catch {
    return undefined;
  }
}

function remove(path: string, lock: Lock): void {
  rmSync(path, { recursive: true, force: true });
  lock.release();
}
