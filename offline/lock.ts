/**
 * One holder per directory: an exclusive lock of SQLite's, which is one of the operating system's. It ends with its
 * holder however that ends, holds between containers that share the directory, and does not come along with a copy.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Lock {
  release(): void;
}

const LOCK_FILE = "lock.db";
/** SQLITE_BUSY */
const IS_HELD = 5;

/** Undefined while somebody else holds it, in this process or in another. */
export function tryLock(directory: string, name = LOCK_FILE): Lock | undefined {
  // Nothing is ever written into it, so it stays empty.
  const db = new DatabaseSync(join(directory, name), { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode === IS_HELD) return undefined;
    throw new Error(`${directory} cannot be locked: ${(error as Error).message}`, { cause: error });
  }
  return { release: () => db.close() };
}

/** For a whole stack. Who holds it is written beside it, for the sentence that refuses the next one. */
export function acquireLock(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "holder.json");
  const lock = tryLock(dataDir);
  if (lock === undefined) {
    throw new Error(
      `another stack${holderIn(file)} is using ${dataDir}; stop it, or set HYDRANT_DATA_DIR to another directory`,
    );
  }
  writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
  return {
    release() {
      rmSync(file, { force: true });
      lock.release();
    },
  };
}

function holderIn(file: string): string {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, "utf8")) as { pid: number; host: string };
    return ` (process ${pid} of ${host})`;
  } catch {
    return "";
  }
}
