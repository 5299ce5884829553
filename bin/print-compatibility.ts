/** Writes docs/compatibility.md anew: `npm run docs:compatibility`. */
import { writeFileSync } from "node:fs";
import { answerHelp } from "./help.ts";
import { SERVICES } from "../src/operations/services.ts";
import { printCompatibility } from "../src/wire/compatibility.ts";

answerHelp(
  "npm run docs:compatibility   writes docs/compatibility.md anew from the operation tables",
);
const page = new URL("../docs/compatibility.md", import.meta.url);
writeFileSync(page, printCompatibility(SERVICES));
