/**
 * How far each stream was read, in one small file that is replaced whole, so that a restart goes on where the
 * last run stopped. Written behind: what a kill takes back is read, and handed over, a second time.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

export interface Checkpoints {
  get(name: string): string | undefined;
  set(name: string, sequenceNumber: string): void;
  flush(): void;
}

/** Under load each write would be for some records only, and to replace a file costs what a put costs. */
const WRITE_BEHIND_MS = 1000;

/** Without a file they live as long as the process. */
export function openCheckpoints(file?: string): Checkpoints {
  const positions = new Map<string, string>(file === undefined ? [] : readPositions(file));
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (file === undefined) return;
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(positions)));
    renameSync(`${file}.new`, file);
  };
  return {
    get: (name) => positions.get(name),
    set(name, sequenceNumber) {
      positions.set(name, sequenceNumber);
      timer ??= setTimeout(flush, WRITE_BEHIND_MS).unref();
    },
    flush,
  };
}

function readPositions(file: string): [string, string][] {
  try {
    return Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
  } catch {
    // Absent on the first start. Reading from the trim horizon is always safe.
    return [];
  }
}
