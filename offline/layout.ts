/**
 * How the data of a stack are laid out. A folder that another version filled in another way is refused before anything
 * is started, for what stands in it would not be found.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The tables' own, `src/storage/dynamodb/layout.ts`; the folders before had no such file. */
const LAYOUT = "4";

/** Marks a new folder; throws if its data are laid out otherwise. */
export function claimLayout(dataDir: string): void {
  const file = join(dataDir, "layout");
  const found = layoutIn(dataDir, file);
  if (found === undefined) writeFileSync(file, `${LAYOUT}\n`);
  else if (found !== LAYOUT) {
    throw new Error(
      `the data in ${dataDir} have layout ${found} of another version, and this one reads layout ${LAYOUT}; ` +
        "let that version deliver what waits, then set HYDRANT_DATA_DIR to another directory, or remove the data with --reset",
    );
  }
}

function layoutIn(dataDir: string, file: string): string | undefined {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  return existsSync(join(dataDir, "dynamodb")) ? "1" : undefined;
}
