/** What all entry points share: one line per event on standard output. */
import { systemClock } from "../src/clock.ts";
import { createLog } from "../src/observe/log.ts";

export const writeLine = (line: string) => void process.stdout.write(`${line}\n`);

export const log = createLog({ clock: systemClock, write: writeLine });
