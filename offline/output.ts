/**
 * The terminal is for the banner and for trouble; everything functions and framework write goes to a file. With
 * `isVerbose`, or without a file, it stays on the terminal.
 */
import { appendFileSync, createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";

export interface Output {
  /** Writes to the terminal. */
  say(text: string): void;
  /** Writes to the log file. */
  note(text: string): void;
}

export function divertOutput(file: string | undefined, isVerbose: boolean): Output {
  const write = process.stdout.write.bind(process.stdout);
  const say = (text: string) => void write(`${text}\n`);
  if (isVerbose) return { say, note: (text) => void process.stderr.write(`${text}\n`) };
  if (file === undefined) {
    const drop = ((_: unknown, encoding?: unknown, done?: unknown) => {
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") callback();
      return true;
    }) as typeof process.stdout.write;
    const complain = process.stderr.write.bind(process.stderr);
    process.stdout.write = drop;
    return { say, note: (text) => void complain(`${text}\n`) };
  }
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, "");
  const log = createWriteStream(file, { flags: "a" });
  const divert = log.write.bind(log) as typeof process.stdout.write;
  process.stdout.write = divert;
  process.stderr.write = divert;
  return { say, note: (text) => void log.write(`${text}\n`) };
}
