/** What all entry points share: one log line per event on standard output. */
import { systemClock } from "../src/clock.ts";
import { createLog } from "../src/observe/log.ts";

export const log = createLog({
  clock: systemClock,
  write: (line) => void process.stdout.write(`${line}\n`),
});
