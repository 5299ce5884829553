/**
 * Filters against EventBridge's own matcher, https://github.com/aws/event-ruler: the same answer to random pairs of a
 * pattern and a record. Needs Java 17 and Maven.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { answerHelp } from "../../../bin/help.ts";
import { parseFilterPattern } from "../../../src/consumer/filter-pattern.ts";
import { RecordFilter } from "../../../src/consumer/record-filter.ts";
import { type FilterPair, filterPair } from "../../helpers/filter-pairs.ts";
import { filterRecord } from "../../helpers/filter-record.ts";
import { javaLibraries } from "../java.ts";

const HERE = import.meta.dirname;
const SHOWN_COUNT = 20;

answerHelp(`
node test/clients/event-ruler/run.ts [options]

  --pairs COUNT   of a pattern and a record (100000)
  --seed NUMBER   of the pairs (drawn anew, and told)
  --help          this text`);

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
const pairs = fc.sample(filterPair, { seed, numRuns: Number(values.pairs) });
const theirs = await askMatcher(pairs);
const counts = new Map<string, number>();
let differenceCount = 0;
for (const [i, pair] of pairs.entries()) {
  const ours = judge(pair);
  const answer = theirs[i]!;
  const kind = answer.split(":")[0]!;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (ours.split(":")[0] === kind) continue;
  differenceCount++;
  if (differenceCount > SHOWN_COUNT) continue;
  console.log(`${pair.pattern}\n  ${pair.data}\n  EventBridge: ${answer}   here: ${ours}`);
}
const tally = [...counts].map(([kind, count]) => `${kind}: ${count}`).join(", ");
console.log(
  `event-ruler: ${pairs.length} pairs of seed ${seed} (${tally}), ${differenceCount} differ`,
);
process.exitCode = differenceCount === 0 ? 0 : 1;

function judge({ pattern, data }: FilterPair): string {
  const parsed = parseFilterPattern(`{"data":${pattern}}`);
  if ("error" in parsed) return `no pattern: ${parsed.error}`;
  return new RecordFilter([parsed]).judge(filterRecord(data)).isWanted ? "yes" : "no";
}

async function askMatcher(asked: readonly FilterPair[]): Promise<readonly string[]> {
  const libraries = javaLibraries("event-ruler", HERE);
  const java = spawn("java", ["-cp", libraries, join(HERE, "Judge.java")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers: string[] = [];
  createInterface({ input: java.stdout }).on("line", (line) => answers.push(line));
  for (const { pattern, data } of asked) {
    const isTaken = java.stdin.write(`{"data":${pattern}}\t{"data":${data}}\n`);
    if (!isTaken) await once(java.stdin, "drain");
  }
  java.stdin.end();
  const [code] = (await once(java, "close")) as [number];
  if (code !== 0) throw new Error(`java ended with ${code}`);
  return answers;
}
