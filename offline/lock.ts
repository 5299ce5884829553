/**
 * One stack per data directory. The lock names its holder and the holder's children: a holder that is gone frees
 * the lock, and what it left running is ended before the data is opened again.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandOf, endLeftover, isAlive } from "./processes.ts";

export interface Lock {
  /** Writes down a child, so that it can be found should we be killed. */
  addChild(pid: number): void;
  release(): void;
}

interface Content {
  readonly pid: number;
  readonly command: string;
  readonly children: readonly number[];
}

/** Where the command lines of our children can be told by. */
const CHILD_MARKS = ["dynoxide", "services/main"];

export function acquireLock(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "lock.json");
  const holder = readLock(file);
  if (holder !== undefined) {
    if (
      holder.pid !== process.pid &&
      isAlive(holder.pid) &&
      commandOf(holder.pid) === holder.command
    ) {
      throw new Error(
        `another stack (process ${holder.pid}) is using ${dataDir}; stop it, or set HYDRANT_DATA_DIR to another directory`,
      );
    }
    for (const pid of holder.children) endLeftover(pid, CHILD_MARKS);
    rmSync(file, { force: true });
  }
  const children: number[] = [];
  const content = (): string =>
    JSON.stringify({
      pid: process.pid,
      command: commandOf(process.pid),
      children,
    } satisfies Content);
  try {
    writeFileSync(file, content(), { flag: "wx" });
  } catch {
    throw new Error(`another stack is starting on ${dataDir} at this moment`);
  }
  return {
    addChild(pid) {
      children.push(pid);
      writeFileSync(`${file}.new`, content());
      renameSync(`${file}.new`, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

function readLock(file: string): Content | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Content;
  } catch {
    // Absent, or torn by the kill that ended its writer: nobody holds it.
    return undefined;
  }
}
