/** Whether a process we wrote down is still the one we meant: ids are used again, and the dead may linger. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

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

/** The command line, or "" when it cannot be known. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    // No /proc here.
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

/** Ends a process that an earlier run left behind, provided its command line still says it is ours. */
export function endLeftover(pid: number, marks: readonly string[]): void {
  if (!isAlive(pid)) return;
  const command = commandOf(pid);
  if (marks.some((mark) => command.includes(mark))) process.kill(pid, "SIGKILL");
}
