/** Something that goes on by itself, shown until it is over; Ctrl-C ends the showing alone. */
import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 1000;
/** Back to the line's start, and what stands there erased. */
const ANEW = "\r\u001B[K";
/** As shells have it of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

export interface Followed {
  /** One line. */
  readonly line: string;
  readonly isOver: boolean;
}

export interface FollowOptions {
  /** A look that fails is shown as such, and tried again. */
  readonly look: () => Promise<Followed>;
  /** Said at Ctrl-C: what goes on, and how to see or stop it. */
  readonly farewell: string;
}

/** Answers the last line. */
export async function follow({ look, farewell }: FollowOptions): Promise<void> {
  const { isTTY } = process.stdout;
  const leave = () => {
    console.log(`${isTTY ? "\n" : ""}${farewell}`);
    process.exit(INTERRUPTED);
  };
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
  let shown = "";
  try {
    for (;;) {
      const { line, isOver } = await look().catch((error: unknown): Followed => ({
        line: error instanceof Error ? error.message : String(error),
        isOver: false,
      }));
      if (line !== shown) process.stdout.write(isTTY ? `${ANEW}${line}` : `${line}\n`);
      shown = line;
      if (isOver) break;
      await sleep(INTERVAL_MS);
    }
  } finally {
    if (isTTY) process.stdout.write("\n");
    process.off("SIGINT", leave);
    process.off("SIGTERM", leave);
  }
}
