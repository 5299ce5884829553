/**
 * `npm run test:faults`: a real stack on its own data and ports, two producer processes, and a seeded list of
 * faults: the stack killed and started again, S3 taken away, embedded services frozen and lost. Then the faults
 * end, all lag has to go, and the history of what was acknowledged is held against the log and every object.
 */
import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LEASE_DURATION_MS, RETRY_DELAY_MAX_SECONDS } from "../../src/limits.ts";
import { eventually } from "../helpers/eventually.ts";
import type { ShardKey } from "../../src/log/store.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { startStack } from "../helpers/stack-process.ts";
import { checkHistory } from "../simulation/checker.ts";
import type { HistoryEvent } from "../simulation/history.ts";
import { createChaos } from "./chaos.ts";
import { type FaultOptions, HELP, readOptions } from "./options.ts";
import { describeFault, type Fault, planFaults, planForLanes, planForUpdates } from "./plan.ts";
import type { ProducerConfig, ProducerProgress } from "./producer.ts";
import { type RedriveCounts, startRedriver } from "./redrives.ts";
import {
  createStreams,
  FLAWED_STREAMS,
  intervalMaxMs,
  isJson,
  STREAMS,
  UPDATED_STREAMS,
  WIDE_STREAMS,
} from "./streams.ts";
import { makeSecondBucket, updateAll } from "./updates.ts";
import { openSurvey, type Survey, type SurveyCounts, waitForNoLag } from "./survey.ts";

const FUNCTIONS_FILE = fileURLToPath(
  new URL("../fixtures/functions/functions.yml", import.meta.url),
);
const PRODUCER_COUNT = 2;
const VIOLATIONS_SHOWN = 20;
/** A buffer that has just been opened, a lease that the dead hold, a back-off, and a slow machine's time to catch up. */
const LAG_TIMEOUT_MS = LEASE_DURATION_MS + 1000 * RETRY_DELAY_MAX_SECONDS + 60_000;
const LANES_LOOK_MS = 1000;
/** Half of the lanes go when less was put for some minutes, and again half. */
const ONE_LANE_MS = 25 * 60_000;

const startedAt = performance.now();
const print = (text: string) => void process.stdout.write(`${text}\n`);
function say(text: string): void {
  print(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s] ${text}`);
}

interface Producer {
  readonly process: ChildProcess;
  readonly historyFile: string;
  readonly ended: Promise<number>;
  progress: ProducerProgress | undefined;
}

function startProducer(config: ProducerConfig): Producer {
  const child = fork(fileURLToPath(new URL("producer.ts", import.meta.url)), []);
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  const producer: Producer = {
    process: child,
    historyFile: config.historyFile,
    ended,
    progress: undefined,
  };
  child.on("message", (progress: ProducerProgress) => (producer.progress = progress));
  child.send(config);
  return producer;
}

function totalOf(producers: readonly Producer[], member: keyof ProducerProgress): number {
  return producers.reduce((sum, { progress }) => sum + (progress?.[member] ?? 0), 0);
}

/** Sent before acknowledged where the clock cannot tell: that only ever asks less of the order. */
function readHistory(producers: readonly Producer[]): HistoryEvent[] {
  const events = producers.flatMap(({ historyFile }) =>
    readFileSync(historyFile, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as HistoryEvent),
  );
  const rank = ({ kind }: HistoryEvent) => (kind === "sent" ? 0 : 1);
  return events.toSorted((a, b) => a.atMs - b.atMs || rank(a) - rank(b));
}

function countFaults(plan: readonly Fault[]): string {
  const counts = new Map<string, number>();
  for (const fault of plan) {
    const name = "process" in fault ? `${fault.kind} ${fault.process}` : fault.kind;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} ×${count}`).join(", ");
}

/** Tells the lanes of a stream whenever they have become others; `end` answers the most that were open. */
function watchLanes(open: () => Survey, name: string) {
  let survey: Survey | undefined;
  let told = "";
  let mostOpen = 1;
  const close = () => {
    survey?.close();
    survey = undefined;
  };
  const look = async () => {
    try {
      survey ??= open();
      const counts = await survey.laneCounts(name);
      mostOpen = Math.max(mostOpen, counts.open);
      const text = `lanes: ${counts.open} open, ${counts.closing} closing, ${counts.gone} gone`;
      if (text !== told) say(text);
      told = text;
      return counts;
    } catch (error) {
      close();
      throw error;
    }
  };
  let looking: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // While the stack is down it answers nothing.
    looking = look().catch(() => {});
  }, LANES_LOOK_MS);
  return {
    async end() {
      clearInterval(timer);
      await looking;
      close();
      return mostOpen;
    },
    untilOne: () =>
      eventually(
        "one lane is left",
        async () => {
          const counts = await look();
          return counts.open === 1 && counts.closing === 0 ? true : undefined;
        },
        ONE_LANE_MS,
        LANES_LOOK_MS,
      ),
  };
}

function scenarioOf(options: FaultOptions) {
  const { seed, durationMs, isAboutLanes, isAboutUpdates, isAboutRedrives } = options;
  if (isAboutLanes) {
    return { streams: WIDE_STREAMS, plan: planForLanes(durationMs), load: "large" } as const;
  }
  const random = seededRandom(seed);
  if (isAboutRedrives) {
    const plan = planForUpdates(random, durationMs);
    return { streams: FLAWED_STREAMS, plan, load: "varied" } as const;
  }
  return isAboutUpdates
    ? ({
        streams: UPDATED_STREAMS,
        plan: planForUpdates(random, durationMs),
        load: "many",
      } as const)
    : ({ streams: STREAMS, plan: planFaults(random, durationMs), load: "varied" } as const);
}

function describeRedrives({ started, overlapping, stopped, changes }: RedriveCounts): string {
  return `${started} redrives begun, ${overlapping} of them beside another, ${stopped} stopped; ${changes} changes`;
}

async function run(faultOptions: FaultOptions): Promise<boolean> {
  const { seed, durationMs, keepsData, capacity } = faultOptions;
  const { isAboutLanes, isAboutUpdates, isAboutRedrives } = faultOptions;
  const { streams, plan, load } = scenarioOf(faultOptions);
  print(`seed ${seed}, ${durationMs / 1000} s, ${plan.length} faults, in this order:`);
  for (const fault of plan) {
    print(`  after ${String(fault.calmMs).padStart(5)} ms  ${describeFault(fault)}`);
  }
  const dataDir = mkdtempSync(join(tmpdir(), "hydrant-faults-"));
  const options = {
    dataDir: join(dataDir, "stack"),
    functionsFile: FUNCTIONS_FILE,
    environment: { HYDRANT_CAPACITY: capacity },
  };
  const first = await startStack(options);
  const chaos = createChaos(first, options);
  const producers: Producer[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Producers end with the channel to us; a stack would go on.
    process.once(signal, () => void chaos.end().finally(() => process.exit(1)));
  }
  let isGood = false;
  try {
    if (isAboutUpdates) await makeSecondBucket(first.s3Endpoint);
    await createStreams(streams, first.apiEndpoint, first.deliveryBucket);
    say(`the stack serves at ${first.apiEndpoint}, data in ${dataDir}`);
    for (let index = 0; index < PRODUCER_COUNT; index++) {
      const name = `p${index}`;
      const config = {
        name,
        seed: seed + 1 + index,
        apiEndpoint: first.apiEndpoint,
        streamNames: streams.map((stream) => stream.name),
        jsonStreamNames: streams.filter(isJson).map((stream) => stream.name),
        historyFile: join(dataDir, `${name}.jsonl`),
        load,
      };
      producers.push(startProducer(config));
    }
    let isOver = false;
    const { apiEndpoint, deliveryBucket: bucket } = first;
    const updating = isAboutUpdates
      ? updateAll(streams, { apiEndpoint, bucket, durationMs }, () => isOver)
      : undefined;
    updating?.catch(() => {});
    const random = seededRandom(seed + streams.length);
    const redriver = isAboutRedrives
      ? startRedriver(streams, { apiEndpoint, bucket, random }, () => isOver)
      : undefined;
    redriver?.ended.catch(() => {});
    const heads = new Map<ShardKey, number>();
    const open = () => openSurvey(options.dataDir, streams, heads);
    const watch = isAboutLanes ? watchLanes(open, streams[0]!.name) : undefined;
    for (const fault of plan) {
      const acknowledged = totalOf(producers, "acknowledgedCount");
      await chaos.inflict(fault);
      say(`${describeFault(fault)}; ${acknowledged} records acknowledged before it`);
    }
    if (isAboutLanes) await sleep(durationMs / 3);
    const updateCount = await updating;
    isOver = true;
    if (updateCount !== undefined) say(`${updateCount} updates of ${streams.length} streams`);
    for (const { process: child } of producers) child.send("stop");
    const codes = await Promise.all(producers.map(({ ended }) => ended));
    if (codes.some((code) => code !== 0)) throw new Error("a producer failed");
    const redrives = await redriver?.ended;
    if (redrives) say(describeRedrives(redrives));
    await redriver?.mend();
    const survey = open();
    say("faults and producers have ended; waiting until nothing lags");
    const lagMs = await waitForNoLag(survey, intervalMaxMs(streams) + LAG_TIMEOUT_MS);
    for (const [reader, ms] of lagMs) say(`${reader} caught up after ${(ms / 1000).toFixed(1)} s`);
    await redriver?.redriveAll();
    await watch?.untilOne();
    const mostLanes = await watch?.end();
    say("nothing lags; reading everything back");
    const history = readHistory(producers);
    const { events, counts } = await survey.events();
    survey.close();
    const violations = checkHistory([...history, ...events]);
    const isWide = mostLanes === undefined || mostLanes > 1;
    isGood = report({ plan, producers, history, counts, lagMs, violations }) && isWide;
    if (!isWide) print("BAD: there never was a second lane");
  } finally {
    for (const { process: child } of producers) if (child.exitCode === null) child.kill("SIGKILL");
    await chaos.end();
    if (isGood && !keepsData) rmSync(dataDir, { recursive: true, force: true });
    else say(`data, log and history are kept in ${dataDir}`);
  }
  return isGood;
}

function report(results: {
  readonly plan: readonly Fault[];
  readonly producers: readonly Producer[];
  readonly history: readonly HistoryEvent[];
  readonly counts: SurveyCounts;
  readonly lagMs: ReadonlyMap<string, number>;
  readonly violations: ReturnType<typeof checkHistory>;
}): boolean {
  const { plan, producers, history, counts, lagMs, violations } = results;
  const sent = new Map<string, number>();
  let acknowledgedRecords = 0;
  for (const event of history) {
    if (event.kind === "sent") sent.set(event.call, event.records.length);
    if (event.kind === "acknowledged") acknowledgedRecords += sent.get(event.call) ?? 0;
  }
  const figures = {
    calls: sent.size,
    retriedCalls: totalOf(producers, "retriedCallCount"),
    unansweredCalls: totalOf(producers, "unansweredCallCount"),
    acknowledgedRecords,
    ...counts,
    lagOverAfterSeconds: Math.round(Math.max(0, ...lagMs.values()) / 100) / 10,
  };
  print(JSON.stringify(figures, null, 2));
  print(`faults: ${countFaults(plan)}`);
  for (const { guarantee, message } of violations.slice(0, VIOLATIONS_SHOWN)) {
    print(`VIOLATION of ${guarantee}: ${message}`);
  }
  const isGood = violations.length === 0;
  print(isGood ? "GOOD: nothing lost, nothing doubled" : `BAD: ${violations.length} violations`);
  return isGood;
}

// The seed is printed, so chance here costs no repetition.
const options = readOptions(process.argv.slice(2), 1 + Math.floor(Math.random() * 1e9));
if (options === undefined) print(HELP);
else process.exit((await run(options)) ? 0 : 1);
