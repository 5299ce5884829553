/**
 * `npm run fuzz`: each target in a thread of its own, which is watched from outside: an input that never ends, or that
 * takes the process's memory, is found as well.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { answerHelp } from "../../bin/help.ts";
import { drive, Failure, type Tally } from "./drive.ts";
import { GROWN_MAX_MIB } from "./target.ts";
import { TARGETS } from "./targets.ts";

interface Job {
  readonly name: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly minutes: number;
  /** One number: the input that the thread is at. */
  readonly at: SharedArrayBuffer;
}

type Message =
  | { readonly kind: "done"; readonly tally: Tally; readonly grownMiB: number }
  | { readonly kind: "failed"; readonly index: number; readonly text: string };

/** No input may take so long, whatever it waits for. */
const SILENCE_MAX_MS = 120_000;
const HEAP_MAX_MIB = 2048;

if (isMainThread) await main();
else await work(workerData as Job);

async function main(): Promise<void> {
  answerHelp(`
npm run fuzz -- [TARGET …] [--minutes N | --count N] [--seed N] [--at N]

  TARGET       one of: ${Object.keys(TARGETS).join(", ")} (all of them, one after another)
  --minutes N  how long each (1)
  --count N    how many inputs each, instead
  --seed N     what the inputs are drawn from (the time)
  --at N       only this input of the seed
  --help       this text`);
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "1" },
      count: { type: "string" },
      seed: { type: "string" },
      at: { type: "string" },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(TARGETS, name));
  if (unknown !== undefined) {
    console.error(`there is no target ${unknown}; --help lists them`);
    process.exit(1);
  }
  const numbers = {
    minutes: readNumber("--minutes", values.minutes),
    count: readNumber("--count", values.count ?? (values.at === undefined ? "Infinity" : "1")),
    seed: readNumber("--seed", values.seed ?? String(Date.now() % 1_000_000)),
    from: readNumber("--at", values.at ?? "0"),
  };
  const hasCount = values.count !== undefined || values.at !== undefined;
  const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
  if (names.length > 1) return eachAlone(names, numbers.seed);
  let failedCount = 0;
  console.log(`seed ${numbers.seed}`);
  for (const name of names) {
    const job = {
      ...numbers,
      name,
      minutes: hasCount ? Number.POSITIVE_INFINITY : numbers.minutes,
      at: new SharedArrayBuffer(8),
    };
    const message = await watched(job);
    if (message.kind === "done") {
      console.log(lineOf(name, message));
      continue;
    }
    failedCount++;
    console.log(`${name}: FAILED at ${message.text}`);
    console.log(`  again: npm run fuzz -- ${name} --seed ${job.seed} --at ${message.index}`);
  }
  process.exit(failedCount === 0 ? 0 : 1);
}

/** A process's peak of memory never falls: in one of its own a target's growth is its own. */
function eachAlone(names: readonly string[], seed: number): void {
  const options = process.argv.slice(2).filter((argument) => !names.includes(argument));
  const failed = names.filter((name) => {
    const args = [fileURLToPath(import.meta.url), name, ...options, "--seed", String(seed)];
    return spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0;
  });
  if (failed.length > 0) console.log(`failed: ${failed.join(", ")}`);
  process.exit(failed.length === 0 ? 0 : 1);
}

function readNumber(option: string, text: string): number {
  const value = Number(text);
  if (value >= 0) return value;
  console.error(`${option} must be a number, got ${text}`);
  return process.exit(1);
}

function lineOf(name: string, { tally, grownMiB }: Extract<Message, { readonly kind: "done" }>) {
  const became = Object.entries(tally.became).map(([word, count]) => `${count} ${word}`);
  const slowest = `slowest ${tally.slowestMs.toFixed(1)} ms (--at ${tally.slowestIndex})`;
  return `${name}: ${tally.inputs} inputs (${became.join(", ")}), ${slowest}, grown by ${Math.round(grownMiB)} MiB`;
}

/** A process would be safer still, but takes its time for each target. */
async function watched(job: Job): Promise<Message> {
  const at = new Float64Array(job.at);
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MIB },
  });
  let lastIndex = -1;
  let heardAtMs = Date.now();
  return new Promise<Message>((resolve) => {
    const end = (message: Message) => {
      clearInterval(watch);
      void worker.terminate().then(() => resolve(message));
    };
    const fail = (text: string) =>
      end({ kind: "failed", index: at[0] ?? 0, text: `input ${at[0]}: ${text}` });
    const watch = setInterval(() => {
      if (at[0] !== lastIndex) heardAtMs = Date.now();
      lastIndex = at[0] ?? 0;
      if (Date.now() - heardAtMs > SILENCE_MAX_MS) fail("it does not end");
    }, 1000);
    worker.once("message", end);
    worker.once("error", (error) => fail(String(error)));
  });
}

async function work({ name, seed, from, count, minutes, at }: Job): Promise<void> {
  const place = new Float64Array(at);
  const target = await TARGETS[name]!();
  const { grownMaxMiB = GROWN_MAX_MIB } = target;
  const endsAtMs = Date.now() + minutes * 60_000;
  const standingMiB = peakMiB();
  let message: Message;
  try {
    const tally = await drive(target, {
      seed,
      from,
      goesOn(index) {
        place[0] = index;
        const grownMiB = peakMiB() - standingMiB;
        if (grownMiB > grownMaxMiB) {
          const told = new Error(`the process has grown by ${grownMiB} MiB before this input`);
          throw new Failure(index - 1, "", told);
        }
        return index < from + count && Date.now() < endsAtMs;
      },
    });
    message = { kind: "done", tally, grownMiB: peakMiB() - standingMiB };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    message = { kind: "failed", index: error.index, text: error.message };
  }
  await target.end?.();
  parentPort!.postMessage(message);
}

function peakMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}
