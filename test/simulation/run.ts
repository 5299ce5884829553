/**
 * Runs simulations from the command line. A seed has one run in each world: with delivery streams, and with a data
 * stream and consumers.
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { answerHelp } from "../../bin/help.ts";
import type { ConsumerMutant } from "./consumers/mutant.ts";
import { CONSUMER_MUTANTS } from "./consumers/mutants.ts";
import { simulateConsumers } from "./consumers/simulate.ts";
import { FAULT_NAMES } from "./faults.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";
import type { RunResult } from "./quiet.ts";
import { runLoad, SCENARIOS } from "./load/scenarios.ts";
import { simulate } from "./simulate.ts";
import type { Situation } from "./situations.ts";

const THREAD_COUNT = 2;
const FAILURES_SHOWN_COUNT = 6;

interface World {
  readonly run: (options: {
    readonly seed: number;
    readonly maxSteps?: number;
    readonly mutant?: Mutant & ConsumerMutant;
    readonly onTrace?: (line: string) => void;
    readonly isLimited: boolean;
  }) => Promise<RunResult>;
  readonly mutants: Readonly<Record<string, object>>;
}

const WORLDS = {
  delivery: { run: simulate, mutants: MUTANTS },
  consumers: { run: simulateConsumers, mutants: CONSUMER_MUTANTS },
} as const satisfies Readonly<Record<string, World>>;

type WorldName = keyof typeof WORLDS;
const WORLD_NAMES = Object.keys(WORLDS) as WorldName[];

/** What the stores give, by what is asked for. */
const CAPACITIES = { off: [false], on: [true], both: [false, true] } as const;

type CapacityName = keyof typeof CAPACITIES;

interface Job {
  readonly worlds: readonly WorldName[];
  readonly capacity: CapacityName;
  readonly seeds: readonly number[];
  readonly maxSteps?: number;
  readonly mutant?: string;
}

interface Place {
  readonly world: WorldName;
  readonly isLimited: boolean;
}

interface Result extends RunResult, Place {}

const placesOf = ({ worlds, capacity }: Job): readonly Place[] =>
  worlds.flatMap((world) => CAPACITIES[capacity].map((isLimited) => ({ world, isLimited })));

const say = (line: string) => void process.stdout.write(`${line}\n`);

const USAGE = `
Runs the code that is deployed over memory twins of the stores, with every fault and order that a seed chooses.

  npm run sim -- --seeds 1..2000                        many runs, on two threads
  npm run sim -- --world consumers --seed 42 --trace    one run, every step printed
  npm run sim -- --seeds 1..50 --mutant NAME            with a deliberate bug, which must be caught

  --seeds A..B   the runs (1..100)
  --seed N       one run
  --world NAME   ${WORLD_NAMES.join(" or ")} (both)
  --capacity on|off|both
                 whether the stores give only so much in a second, as DynamoDB and S3 do (both; with a mutant: off)
  --steps N      producers stop after so many steps (when they are done)
  --trace        prints every step of a single run
  --mutant NAME  of delivery:
${listed(MUTANTS)}
                 of consumers:
${listed(CONSUMER_MUTANTS)}
  --catch        prints the first of the seeds (1..600) that catches each mutant
  --load NAME    one of the load scenarios, or all, in virtual time at AWS's own limits: a row that says what was
                 offered, must hold and was found, and of a single one its figures as JSON:
${listed(SCENARIOS)}
  --help         this text

Exits with 1 when a run breaks an invariant, or a load what must hold, and prints the command that replays it.`;

function listed(mutants: object): string {
  return Object.keys(mutants)
    .map((name) => `                   ${name}`)
    .join("\n");
}

function readArguments(): Job & {
  readonly isTraced: boolean;
  readonly isCatching: boolean;
  readonly load: string | undefined;
} {
  answerHelp(USAGE);
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      steps: { type: "string" },
      mutant: { type: "string" },
      world: { type: "string" },
      capacity: { type: "string" },
      load: { type: "string" },
      trace: { type: "boolean", default: false },
      catch: { type: "boolean", default: false },
    },
  });
  const [from, to = from] = (values.seeds ?? values.seed ?? (values.catch ? "1..600" : "1..100"))
    .split("..")
    .map(Number);
  if (from === undefined || to === undefined || !(from <= to)) {
    throw new Error("--seed takes a number, --seeds two of them: 1..100");
  }
  const { mutant } = values;
  const isMutated = mutant !== undefined || values.catch;
  const capacity = values.capacity ?? (isMutated ? "off" : "both");
  if (!isCapacity(capacity)) {
    throw new Error(`--capacity takes one of ${Object.keys(CAPACITIES).join(", ")}`);
  }
  const worlds = WORLD_NAMES.filter((name) => (values.world ?? name) === name);
  if (worlds.length === 0) throw new Error(`--world takes one of ${WORLD_NAMES.join(", ")}`);
  const mutated = worlds.filter((name) => mutant === undefined || mutant in WORLDS[name].mutants);
  if (mutated.length === 0) {
    const names = worlds.flatMap((name) => Object.keys(WORLDS[name].mutants));
    throw new Error(`--mutant takes one of ${names.join(", ")}`);
  }
  return {
    worlds: mutated,
    capacity,
    seeds: Array.from({ length: to - from + 1 }, (_, i) => from + i),
    load: values.load,
    isTraced: values.trace,
    isCatching: values.catch,
    ...(values.steps !== undefined && { maxSteps: Number(values.steps) }),
    ...(mutant !== undefined && { mutant }),
  };
}

function isCapacity(name: string): name is CapacityName {
  return name in CAPACITIES;
}

async function runOne(
  { maxSteps, mutant }: Job,
  { world, isLimited }: Place,
  seed: number,
  onTrace?: (line: string) => void,
): Promise<Result> {
  const { run, mutants }: World = WORLDS[world];
  const result = await run({
    seed,
    isLimited,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(mutant !== undefined && { mutant: mutants[mutant] as Mutant & ConsumerMutant }),
    ...(onTrace && { onTrace }),
  });
  return { ...result, world, isLimited };
}

function shares({ seeds, ...job }: Job): Job[] {
  return Array.from({ length: Math.min(THREAD_COUNT, seeds.length) }, (_, i) => ({
    ...job,
    seeds: seeds.filter((_seed, at) => at % THREAD_COUNT === i),
  }));
}

async function runAll(job: Job, onResult: (result: Result) => void): Promise<void> {
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

function describeRates({ seed, weather, rates, ...place }: Result): string {
  const on = FAULT_NAMES.filter((name) => rates[name] > 0);
  return `${nameOf(place)}, seed ${seed}, ${weather}: ${on.map((name) => `${name} ${rates[name].toPrecision(2)}`).join(", ")}`;
}

function nameOf({ world, isLimited }: Place): string {
  return isLimited ? `${world} within a capacity` : world;
}

function describeFailure(result: Result, { maxSteps, mutant }: Job): string {
  const steps = maxSteps === undefined ? "" : ` --steps ${maxSteps}`;
  const bug = mutant === undefined ? "" : ` --mutant ${mutant}`;
  const capacity = ` --capacity ${result.isLimited ? "on" : "off"}`;
  return [
    describeRates(result),
    ...result.violations.slice(0, 3).map(({ guarantee, message }) => `  ${guarantee}: ${message}`),
    `  replay: npm run sim -- --world ${result.world} --seed ${result.seed}${capacity}${steps}${bug} --trace`,
  ].join("\n");
}

function summarize(all: readonly Result[], job: Job): void {
  const failed = all.filter(({ violations }) => violations.length > 0);
  for (const result of failed.toSorted((a, b) => a.seed - b.seed).slice(0, FAILURES_SHOWN_COUNT)) {
    say(describeFailure(result, job));
  }
  for (const place of placesOf(job)) {
    const isHere = ({ world, isLimited }: Result) =>
      world === place.world && isLimited === place.isLimited;
    const results = all.filter(isHere);
    const sum = (of: (result: Result) => number) =>
      results.reduce((total, result) => total + of(result), 0).toLocaleString("en");
    const [first] = results;
    if (first === undefined) continue;
    say(`${nameOf(place)}:`);
    for (const name of FAULT_NAMES.filter((one) => results.some((r) => r.rates[one] > 0))) {
      say(`  ${name.padEnd(20)} ${sum((r) => r.faultCounts[name])}`);
    }
    for (const name of Object.keys(first.situationCounts) as Situation[]) {
      const count = sum((r) => r.situationCounts[name]);
      if (count !== "0") say(`  ${name.padEnd(20)} ${count}`);
    }
    if (first.refused) {
      const kinds = Object.keys(first.refused) as (keyof typeof first.refused)[];
      say(
        `  refused: ${kinds.map((kind) => `${sum((r) => r.refused![kind])} ${kind}`).join(", ")}`,
      );
    }
    const failedHere = failed.filter(isHere);
    say(`${results.length} runs, ${failedHere.length} with violations`);
    const counts = Object.keys(first.counts).map(
      (name) => `${sum((r) => r.counts[name]!)} ${name}`,
    );
    say(`${sum((r) => r.stepCount)} steps, ${counts.join(", ")}`);
    const slowest = results.toSorted((a, b) => b.recoveryMs - a.recoveryMs)[0]!;
    say(`slowest recovery: ${slowest.recoveryMs / 1000} s, seed ${slowest.seed}`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const { isTraced, isCatching, load, ...job } = readArguments();
  if (load !== undefined) {
    if (!(await runLoad(load, say))) process.exitCode = 1;
    return;
  }
  if (isCatching) return catchMutants(job);
  const results: Result[] = [];
  if (job.seeds.length === 1) {
    for (const place of placesOf(job)) {
      const result = await runOne(job, place, job.seeds[0]!, isTraced ? say : undefined);
      say(describeRates(result));
      results.push(result);
    }
  } else {
    const progress = countRuns(job.seeds.length * placesOf(job).length);
    await runAll(job, (result) => {
      results.push(result);
      progress();
    });
  }
  summarize(results, job);
}

/** The numbers that the tests of the mutants hold, to be brought up to date when the code takes other steps. */
async function catchMutants(job: Job): Promise<void> {
  const { seeds } = job;
  for (const { world, isLimited } of placesOf(job)) {
    for (const mutant of Object.keys(WORLDS[world].mutants)) {
      let caughtBy: number | undefined;
      for (const seed of seeds) {
        const { violations } = await runOne({ ...job, mutant }, { world, isLimited }, seed);
        if (violations.length > 0) caughtBy = seed;
        if (caughtBy !== undefined) break;
      }
      say(`${world}  "${mutant}": ${caughtBy ?? "by none"},`);
      if (caughtBy === undefined) process.exitCode = 1;
    }
  }
}

/** Tells now and then how far it is, where the results do not go. */
function countRuns(total: number): () => void {
  const step = Math.max(100, Math.round(total / 20));
  let done = 0;
  return () => {
    done++;
    if (done % step === 0) process.stderr.write(`${done} of ${total} runs\n`);
  };
}

async function work(job: Job): Promise<void> {
  for (const seed of job.seeds) {
    for (const place of placesOf(job)) {
      const result = await runOne(job, place, seed);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
      parentPort?.postMessage(result);
    }
  }
}

await (isMainThread ? main() : work(workerData as Job));
