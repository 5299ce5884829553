/**
 * Ends a process, and removes what it kept for a while, as soon as this process is gone: even if it is killed and can
 * do nothing any more. A shell waits for the end of a pipe whose other end is held here alone; in a session of its own,
 * so that neither Ctrl-C nor the closing of a terminal reaches it.
 */
import { spawn } from "node:child_process";

const SCRIPT = 'read -r _; kill -9 "$1"; if [ -n "$2" ]; then rm -rf -- "$2"; fi';

export function guard(pid: number, scratchDir = ""): void {
  const child = spawn("sh", ["-c", SCRIPT, "hydrant-guard", String(pid), scratchDir], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Where there is no such shell, the next start clears away what is left.
  child.on("error", () => {});
  child.unref();
}
