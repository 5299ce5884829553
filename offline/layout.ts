/**
 * How the data of a stack are laid out. A folder that another version filled in another way is refused before anything
 * is started, for what stands in it would not be found.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The tables' own, `src/storage/dynamodb/layout.ts`; the folders before had no such file. */
const LAYOUT = "4";
/** Those that are read: the present one, and for one version the one before. */
const READ_LAYOUTS = [LAYOUT];

/** Marks the folder as one of the present layout; throws if its data are laid out in a way that is not read. */
export function claimLayout(dataDir: string, layout = LAYOUT, read = READ_LAYOUTS): void {
  const file = join(dataDir, "layout");
  const found = layoutIn(dataDir, file);
  if (found === layout) return;
  if (found === undefined || read.includes(found)) writeFileSync(file, `${layout}\n`);
  else {
    throw new Error(
      `the data in ${dataDir} have layout ${found} of another version, and this one reads layout ${read.join(" and ")}; ` +
        "let that version deliver what waits, then set HYDRANT_DATA_DIR to another directory, or remove the data with --reset",
    );
  }
}

function layoutIn(dataDir: string, file: string): string | undefined {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  return existsSync(join(dataDir, "dynamodb")) ? "1" : undefined;
}
