/** Writes docs/compatibility.md anew: `npm run docs:compatibility`. */
import { writeFileSync } from "node:fs";
import { answerHelp } from "./help.ts";
import { firehoseService } from "../src/operations/firehose/index.ts";
import { hydrantService } from "../src/operations/hydrant/index.ts";
import { kinesisService } from "../src/operations/kinesis/index.ts";
import { printCompatibility } from "../src/wire/compatibility.ts";

answerHelp(
  "npm run docs:compatibility   writes docs/compatibility.md anew from the operation tables",
);
const page = new URL("../docs/compatibility.md", import.meta.url);
writeFileSync(page, printCompatibility([firehoseService, kinesisService, hydrantService]));
