/** Reads the lines of a file that somebody else is writing. */
import { existsSync, readFileSync } from "node:fs";

/** Answers all lines that stand there by now, from the first on; a file that is not there has none. */
export function growingLines<Line>(
  file: string,
  parse: (line: string) => Line,
): () => readonly Line[] {
  const known: Line[] = [];
  let readBytes = 0;
  return () => {
    if (!existsSync(file)) return known;
    const bytes = readFileSync(file).subarray(readBytes);
    // What follows the last newline is being written.
    const whole = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
    readBytes += whole.length;
    const added = whole.toString().split("\n").slice(0, -1);
    known.push(...added.map((line) => parse(line)));
    return known;
  };
}
