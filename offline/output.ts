/**
 * The terminal is for the banner and for trouble; everything functions and framework write goes to a file, and what
 * tells of trouble in it is told on the terminal, see `trouble.ts`. With `isVerbose`, or without a file, it stays on the terminal.
 */
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { watchTrouble } from "./trouble.ts";

export interface Output {
  /** Writes to the terminal. */
  say(text: string): void;
  /** Writes to the log file. */
  note(text: string): void;
  /** Writes to both. */
  show(text: string): void;
  /** The end of what was kept from the terminal, for the day that it explains a failure. */
  recent(): string;
}

const RECENT_CHARS = 4000;

export function divertOutput(file: string | undefined, isVerbose: boolean): Output {
  // The terminal may be closed before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const write = process.stdout.write.bind(process.stdout);
  const complain = process.stderr.write.bind(process.stderr);
  const say = (text: string) => void write(`${text}\n`);
  if (isVerbose) {
    return { say, note: (text) => void complain(`${text}\n`), show: say, recent: () => "" };
  }
  const log = file === undefined ? undefined : openLog(file);
  const see = watchTrouble(say);
  let recent = "";
  const divert = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const text = String(chunk);
    recent = (recent + text).slice(-RECENT_CHARS);
    see(text);
    log?.write(chunk);
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") callback();
    return true;
  };
  process.stdout.write = divert;
  process.stderr.write = divert;
  // Without a file, trouble has nowhere to go but the terminal.
  const note =
    log === undefined
      ? (text: string) => void complain(`${text}\n`)
      : (text: string) => void log.write(`${text}\n`);
  const show = (text: string) => {
    say(text);
    log?.write(`${text}\n`);
  };
  return { say, note, show, recent: () => recent };
}

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: "a" });
}
