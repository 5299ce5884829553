/**
 * `npm run trace`: a function's log with its places in the sources. Deployed functions are minified and bring no source
 * maps; packaging leaves these in a folder beside the zips.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { readTraces } from "./trace/places.ts";
import { answerHelp } from "./help.ts";

const HELP = `npm run -s trace -- [FOLDER] < log

  Copies its input, and puts for each place in a deployed function, handlers/api.mjs:12:34567, the one in the sources.

  FOLDER   what packaging kept: .serverless after a deployment, or the folder of \`npm run package -- --package FOLDER\``;

answerHelp(HELP);
const [folder = ".serverless"] = process.argv.slice(2);
const readTrace = readTraces((bundle) => {
  try {
    return readFileSync(`${folder}/source-maps/${bundle}.map`, "utf8");
  } catch {
    return undefined;
  }
});
for await (const line of createInterface({ input: process.stdin })) console.log(readTrace(line));
