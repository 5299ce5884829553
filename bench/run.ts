/**
 * `npm run bench [-- [--write] [name …]]`: answers the named questions, or all of them. Results go to standard
 * output as JSON lines; `--write` also puts them into docs/performance.md.
 */
import { apiCpu } from "./api-cpu.ts";
import { blockCompression } from "./block-compression.ts";
import { consumers } from "./consumers.ts";
import { cost } from "./cost.ts";
import { deliverCpu } from "./deliver-cpu.ts";
import { flushMemory } from "./flush-memory.ts";
import { growth } from "./growth.ts";
import { latency } from "./latency.ts";
import { printJson, type Table, writeSection } from "./report.ts";
import { throughput } from "./throughput.ts";

const BENCHES: Readonly<Record<string, () => Promise<readonly Table[]>>> = {
  "api-cpu": apiCpu,
  "block-compression": blockCompression,
  consumers,
  "deliver-cpu": deliverCpu,
  "flush-memory": flushMemory,
  cost,
  growth,
  latency,
  throughput,
};

const args = process.argv.slice(2);
const names = args.filter((arg) => arg !== "--write");
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  const bench = BENCHES[name];
  if (bench === undefined) {
    throw new Error(`no bench ${name}; there are ${Object.keys(BENCHES).join(", ")}`);
  }
  const tables = await bench();
  printJson(name, tables);
  if (args.includes("--write")) writeSection(name, tables);
}
