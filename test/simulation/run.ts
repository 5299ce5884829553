/**
 * Runs simulations from the command line:
 *
 *   npm run sim -- --seed 42 --trace          one run, every step printed
 *   npm run sim -- --seeds 1..2000            many runs, on two threads
 *   npm run sim -- --seeds 1..50 --mutant ring-is-omitted
 *   npm run sim -- --seed 42 --steps 500      producers stop after 500 steps
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { FAULT_NAMES } from "./faults.ts";
import { MUTANT_NAMES, type MutantName, MUTANTS } from "./mutants.ts";
import { simulate, type SimulationResult } from "./simulate.ts";

const THREAD_COUNT = 2;
const FAILURES_SHOWN_COUNT = 6;

interface Job {
  readonly seeds: readonly number[];
  readonly maxSteps?: number;
  readonly mutant?: MutantName;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

function readArguments(): Job & { readonly isTraced: boolean } {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      steps: { type: "string" },
      mutant: { type: "string" },
      trace: { type: "boolean", default: false },
    },
  });
  const [from, to = from] = (values.seeds ?? values.seed ?? "1..100").split("..").map(Number);
  if (from === undefined || to === undefined || !(from <= to)) {
    throw new Error("--seed takes a number, --seeds two of them: 1..100");
  }
  const mutant = values.mutant as MutantName | undefined;
  if (mutant !== undefined && !MUTANT_NAMES.includes(mutant)) {
    throw new Error(`--mutant takes one of ${MUTANT_NAMES.join(", ")}`);
  }
  return {
    seeds: Array.from({ length: to - from + 1 }, (_, i) => from + i),
    isTraced: values.trace,
    ...(values.steps !== undefined && { maxSteps: Number(values.steps) }),
    ...(mutant !== undefined && { mutant }),
  };
}

function optionsOf({ maxSteps, mutant }: Job, seed: number) {
  return {
    seed,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(mutant !== undefined && { mutant: MUTANTS[mutant] }),
  };
}

function shares({ seeds, ...job }: Job): Job[] {
  return Array.from({ length: Math.min(THREAD_COUNT, seeds.length) }, (_, i) => ({
    ...job,
    seeds: seeds.filter((_seed, at) => at % THREAD_COUNT === i),
  }));
}

async function runAll(job: Job, onResult: (result: SimulationResult) => void): Promise<void> {
  await Promise.all(
    shares(job).map(
      (share) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: share });
          worker.on("message", onResult);
          worker.on("error", reject);
          worker.on("exit", () => resolve());
        }),
    ),
  );
}

function describeRates({ seed, weather, rates }: SimulationResult): string {
  const on = FAULT_NAMES.filter((name) => rates[name] > 0);
  return `seed ${seed}, ${weather}: ${on.map((name) => `${name} ${rates[name].toPrecision(2)}`).join(", ")}`;
}

function describeFailure(result: SimulationResult, { maxSteps, mutant }: Job): string {
  const steps = maxSteps === undefined ? "" : ` --steps ${maxSteps}`;
  const bug = mutant === undefined ? "" : ` --mutant ${mutant}`;
  return [
    describeRates(result),
    ...result.violations.slice(0, 3).map(({ guarantee, message }) => `  ${guarantee}: ${message}`),
    `  replay: npm run sim -- --seed ${result.seed}${steps}${bug} --trace`,
  ].join("\n");
}

function summarize(results: readonly SimulationResult[], job: Job): void {
  const sum = (of: (result: SimulationResult) => number) =>
    results.reduce((total, result) => total + of(result), 0).toLocaleString("en");
  const failed = results.filter(({ violations }) => violations.length > 0);
  for (const result of failed.toSorted((a, b) => a.seed - b.seed).slice(0, FAILURES_SHOWN_COUNT)) {
    say(describeFailure(result, job));
  }
  for (const name of FAULT_NAMES) say(`  ${name.padEnd(20)} ${sum((r) => r.faultCounts[name])}`);
  say(`${results.length} runs, ${failed.length} with violations`);
  say(
    `${sum((r) => r.stepCount)} steps, ${sum((r) => r.acknowledgedCount)} calls acknowledged, ` +
      `${sum((r) => r.objectCount)} objects`,
  );
  const slowest = results.toSorted((a, b) => b.recoveryMs - a.recoveryMs)[0];
  if (slowest) say(`slowest recovery: ${slowest.recoveryMs / 1000} s, seed ${slowest.seed}`);
  if (failed.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isTraced, ...job } = readArguments();
  const results: SimulationResult[] = [];
  if (job.seeds.length === 1) {
    const seed = job.seeds[0] as number;
    const result = await simulate({ ...optionsOf(job, seed), ...(isTraced && { onTrace: say }) });
    say(describeRates(result));
    results.push(result);
  } else await runAll(job, (result) => results.push(result));
  summarize(results, job);
}

async function work(job: Job): Promise<void> {
  for (const seed of job.seeds) {
    const result = await simulate(optionsOf(job, seed));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    parentPort?.postMessage(result);
  }
}

await (isMainThread ? main() : work(workerData as Job));
