/** Lines in a file, where there is no CloudWatch Logs: each stands before its caller goes on. */
import { appendFileSync } from "node:fs";

/** Only its owner reads what it makes. */
export function linesFile(file: string): (line: string) => void {
  // In one write, so that the lines of several processes do not mix.
  return (line) => appendFileSync(file, `${line}\n`, { mode: 0o600 });
}
