/** Processes that are not our children: whether one is alive, and those that have a database file open. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    // "1234 (name) Z …": ended, but nobody has taken note yet.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return true;
  }
}

/** Ends what an earlier stack may have left running on its database. To be called under the lock of its directory only. */
export function endLeftovers(databaseFile: string): void {
  if (!existsSync(databaseFile)) return;
  for (const pid of holdersOf(databaseFile)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
}

const OPTION = "--db-path";

function holdersOf(file: string): readonly number[] {
  let pids: readonly number[];
  try {
    pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return listedHolders(file);
  }
  return pids.filter((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const at = args.indexOf(OPTION);
      // The path of a process in a container is a path of the container.
      return at !== -1 && isSameFile(`/proc/${pid}/root${args[at + 1]}`, file);
    } catch {
      return false;
    }
  });
}

function isSameFile(a: string, b: string): boolean {
  const [left, right] = [statSync(a), statSync(b)];
  return left.dev === right.dev && left.ino === right.ino;
}

/** Where there is no /proc. */
function listedHolders(file: string): readonly number[] {
  const lines = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes(`${OPTION} ${file}`))
    .map((line) => Number.parseInt(line, 10));
}
