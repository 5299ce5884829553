/**
 * jq as Hydrant has it beside the program itself: what each says to a table of expressions, the same for a table of
 * inputs, and what the queries that are compiled to JavaScript answer. Needs jq 1.6 on the path, as Debian 12 has it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { systemClock } from "../../../src/clock.ts";
import type { JqResult } from "../../../src/delivery/jq/engine.ts";
import { compileFast } from "../../../src/delivery/jq/fast-path.ts";
import { workerJq } from "../../../src/delivery/jq/worker-engine.ts";

const version = spawnSync("jq", ["--version"], { encoding: "utf8" }).stdout.trim();
if (version !== "jq-1.6") {
  console.error(`this needs jq-1.6 on the path, there is ${version || "none"}`);
  process.exit(1);
}

/** Where the two are known to differ, and why. */
const KNOWN: readonly (readonly [RegExp, string])[] = [];

const EXPRESSIONS = lines("expressions.txt");
const INPUTS = lines("inputs.ndjson");
const AS_TEXT = 'if type == "boolean" or type == "number" then tostring else . end';

const jq = workerJq({ clock: systemClock });
let comparedCount = 0;
let compiledCount = 0;
const differences: string[] = [];
for (const expression of EXPRESSIONS) {
  const refusal = await jq.check(expression);
  compare(`${expression}: compiled`, refusal, refusalOf(expression));
  if (refusal !== undefined) continue;
  const run = { program: expression, inputs: INPUTS, nowMs: 0 };
  const ours = await jq.run(run);
  const theirs = resultsOf(expression);
  for (const [i, input] of INPUTS.entries())
    compare(`${expression} of ${input}`, ours[i], theirs[i]);

  const fast = compileFast(expression);
  if (fast === undefined) continue;
  compiledCount++;
  const texts = resultsOf(`(${expression}\n) | map_values(${AS_TEXT})`);
  for (const [i, input] of INPUTS.entries()) {
    const answer = fast(JSON.parse(input), input);
    if (answer === undefined) continue;
    const outputs = { kind: "outputs", values: [answer] };
    compare(`${expression} of ${input}, compiled to JavaScript`, outputs, texts[i]);
  }
}
await jq.close();
for (const difference of differences) console.log(difference);
console.log(
  `jq: ${EXPRESSIONS.length} expressions, ${compiledCount} of them compiled, ${comparedCount} answers, ${differences.length} differ`,
);
process.exitCode = differences.length === 0 ? 0 : 1;

function compare(what: string, ours: unknown, theirs: unknown): void {
  comparedCount++;
  if (isDeepStrictEqual(ours, theirs)) return;
  const reason = KNOWN.find(([pattern]) => pattern.test(what))?.[1];
  if (reason !== undefined) return;
  differences.push(`${what}\n  jq:   ${JSON.stringify(theirs)}\n  ours: ${JSON.stringify(ours)}`);
}

function refusalOf(program: string): string | undefined {
  const { stderr, status } = ask(program, "");
  return status === 0 ? undefined : stderr.trim();
}

/** What jq makes of each input, told as our engine tells it. */
function resultsOf(program: string): readonly JqResult[] {
  const wrapped = `[input_line_number, try [(${program}\n)] catch {error: .}]`;
  const results: JqResult[] = [];
  while (results.length < INPUTS.length) {
    const rest = INPUTS.slice(results.length);
    const { stdout, stderr } = ask(wrapped, rest.map((text) => `${text}\n`).join(""));
    const before = results.length;
    for (const line of stdout.split("\n").slice(0, -1)) {
      const [lineNumber, answer] = JSON.parse(line);
      while (results.length - before < lineNumber - 1) results.push({ kind: "ended", message: "" });
      results.push(
        Array.isArray(answer)
          ? { kind: "outputs", values: answer }
          : { kind: "error", error: answer.error },
      );
    }
    if (results.length < INPUTS.length) results.push({ kind: "ended", message: stderr.trim() });
  }
  return results;
}

function ask(program: string, input: string) {
  const env = { PATH: process.env["PATH"], TZ: "UTC" };
  return spawnSync("jq", ["-c", "--unbuffered", program], { input, encoding: "utf8", env });
}

function lines(name: string): readonly string[] {
  const file = new URL(`../../fixtures/jq/${name}`, import.meta.url);
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
