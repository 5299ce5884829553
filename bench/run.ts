/**
 * `npm run bench [-- [--write] [name …]]`: answers the named questions, or all of them. Results go to standard
 * output as JSON lines; `--write` also puts them into docs/performance.md.
 */
import { answerHelp } from "../bin/help.ts";
import { apiCpu } from "./api-cpu.ts";
import { atRest } from "./at-rest.ts";
import { blockCompression } from "./block-compression.ts";
import { coldStart } from "./cold-start.ts";
import { consumers } from "./consumers.ts";
import { cost } from "./cost.ts";
import { deliverCpu } from "./deliver-cpu.ts";
import { deliverMemory } from "./deliver-memory.ts";
import { flushMemory } from "./flush-memory.ts";
import { formatConversion } from "./format-conversion.ts";
import { growth } from "./growth.ts";
import { latency } from "./latency.ts";
import { partitionCpu, partitionMemory } from "./partitions.ts";
import { printJson, type Table, writeSection } from "./report.ts";
import { readCpu } from "./read-cpu.ts";
import { retries } from "./retries.ts";
import { stages } from "./stages.ts";
import { tenants } from "./tenants.ts";
import { throughput } from "./throughput.ts";
import { wakes } from "./wakes.ts";

const BENCHES: Readonly<Record<string, () => Promise<readonly Table[]>>> = {
  "api-cpu": apiCpu,
  "at-rest": atRest,
  "block-compression": blockCompression,
  "cold-start": coldStart,
  consumers,
  "deliver-cpu": deliverCpu,
  "deliver-memory": deliverMemory,
  "flush-memory": flushMemory,
  "format-conversion": formatConversion,
  cost,
  growth,
  latency,
  "partition-cpu": partitionCpu,
  "partition-memory": partitionMemory,
  "read-cpu": readCpu,
  retries,
  stages,
  tenants,
  throughput,
  wakes,
};

answerHelp(`
npm run bench -- [--write] [NAME …]

  NAME      one of the questions: ${Object.keys(BENCHES).join(", ")} (all of them)
  --write   puts the tables into docs/performance.md, too
  --help    this text

HYDRANT_ENDPOINT has latency measure a stack that runs, deployed or not: docs/against-aws.md. Tables go to standard output as JSON lines, progress to standard error.`);

const args = process.argv.slice(2);
const given = args.filter((arg) => arg !== "--write");
if (args.includes("--write") && process.env["HYDRANT_ENDPOINT"]) {
  console.error(
    "docs/performance.md is about this checkout: --write goes without HYDRANT_ENDPOINT",
  );
  process.exit(1);
}
const names = given.length > 0 ? given : Object.keys(BENCHES);
for (const name of names) {
  if (name in BENCHES) continue;
  console.error(`there is no bench ${name}; --help lists them`);
  process.exit(1);
}
for (const [i, name] of names.entries()) {
  console.error(`${name} (${i + 1} of ${names.length})`);
  const tables = await BENCHES[name]!();
  printJson(name, tables);
  if (args.includes("--write")) writeSection(name, tables);
}
