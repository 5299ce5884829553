/** Writes docs/compatibility.md anew: `npm run docs:compatibility`. */
import { writeFileSync } from "node:fs";
import { firehoseService } from "../src/operations/firehose/index.ts";
import { hydrantService } from "../src/operations/hydrant/index.ts";
import { kinesisService } from "../src/operations/kinesis/index.ts";
import { printCompatibility } from "../src/wire/compatibility.ts";

const page = new URL("../docs/compatibility.md", import.meta.url);
writeFileSync(page, printCompatibility([firehoseService, kinesisService, hydrantService]));
