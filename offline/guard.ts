/**
 * Ends processes, and removes what was kept for a while, as soon as this process is gone: even if it is killed and can do
 * nothing any more, and even if those compute and notice nothing. A shell waits for the end of a pipe whose other end
 * is held here alone; in a session of its own, so that neither Ctrl-C nor the closing of a terminal reaches it.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";

export interface Guard {
  /** Answers what to call when the process has ended by itself. */
  watch(pid: number): () => void;
  stop(): void;
}

const SCRIPT = `
while read -r sign pid; do
  others=
  for each in $pids; do [ "$each" = "$pid" ] || others="$others $each"; done
  pids=$others
  [ "$sign" = + ] && pids="$pids $pid"
done
[ -z "$pids" ] || kill -9 $pids
[ -z "$1" ] || rm -rf -- "$1"
`;

export function startGuard(scratchDir = ""): Guard {
  const shell = spawn("sh", ["-c", SCRIPT, "hydrant-guard", scratchDir], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { stdin } = shell;
  // Where there is no such shell, the next start clears away what is left.
  shell.on("error", () => {});
  stdin.on("error", () => {});
  shell.unref();
  (stdin as unknown as Socket).unref();
  return {
    watch(pid) {
      stdin.write(`+ ${pid}\n`);
      return () => void stdin.write(`- ${pid}\n`);
    },
    stop: () => void stdin.end(),
  };
}
