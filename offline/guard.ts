/**
 * Ends processes should ours be killed. A process that computes does not notice that its parent is gone, so a shell,
 * which takes next to nothing, waits for the end of a pipe that only we hold, and then ends those it was told of.
 */
import { spawn } from "node:child_process";

export interface Guard {
  /** Answers what to call when the process has ended by itself. */
  watch(pid: number): () => void;
  stop(): void;
}

const SCRIPT = `
trap '' INT TERM HUP
while read -r sign pid; do
  others=
  for each in $pids; do [ "$each" = "$pid" ] || others="$others $each"; done
  pids=$others
  [ "$sign" = + ] && pids="$pids $pid"
done
[ -z "$pids" ] || kill -9 $pids
`;

export function startGuard(): Guard {
  // In a group of its own, for whoever ends a whole group would end it with those it watches over.
  const shell = spawn("sh", ["-c", SCRIPT], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Where there is no shell, nothing is guarded.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    watch(pid) {
      shell.stdin.write(`+ ${pid}\n`);
      return () => void shell.stdin.write(`- ${pid}\n`);
    },
    stop: () => void shell.stdin.end(),
  };
}
