/**
 * `npm run bench:peers`: the offline stack beside servers that others offer for the same purpose, in one run and in
 * turns, under the same load of one client.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { answerHelp } from "../../bin/help.ts";
import { processTree } from "../../test/helpers/process-tree.ts";
import { fixed, printJson, type Table, writeSection } from "../report.ts";
import { type Contender, hydrant, PEERS } from "./contenders.ts";
import { PHASES, type PeerDone, type PeerLoad, type Phase } from "./phases.ts";
import { bodyOf, signedCalls } from "../../test/helpers/signed-calls.ts";

answerHelp(`
npm run bench:peers -- [--peers NAME,…] [--rounds N] [--seconds N] [--write]

The offline stack beside other servers: how soon each answers, what it holds before and after the load, and how much of
the load it takes a second from one client of four connections, with records of 1 KiB.

  --peers NAME,…   beside which: ${Object.keys(PEERS).join(", ")}, none (kinesalite); they are installed from npm and
                   PyPI into a folder that is removed at the end
  --rounds N       how often each has its turn (2)
  --seconds N      of each of the five loads (8)
  --write          puts the table into docs/performance.md, too
  --help           this text

The table goes to standard output as JSON lines, progress to standard error.`);

const CONNECTION_COUNT = 4;
/** Enough that no limit of a shard is met. */
const SHARD_COUNT = 32;
const RECORDS_PER_CALL = 500;
const RECORD_BYTES = 1024;
const START_WITHIN_MS = 60_000;
const SETTLE_MS = 2000;
const PROBE_MS = 10;

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "kinesalite" },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "8" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const durationMs = Number(values.seconds) * 1000;
if (!(rounds >= 1) || !(durationMs > 0)) quit("--rounds and --seconds take numbers above zero");
const names = values.peers.split(",").filter((name) => name !== "none");
const unknown = names.find((name) => !(name in PEERS));
if (unknown !== undefined) quit(`there is no peer ${unknown}; --help lists them`);

const say = (text: string) => void process.stderr.write(`${text}\n`);

function quit(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function measure({ start, hasFirehose }: Contender): Promise<Measured> {
  const startedAt = performance.now();
  const running = await start();
  try {
    await untilAnswering(running.endpoint);
    const startSeconds = (performance.now() - startedAt) / 1000;
    await sleep(SETTLE_MS);
    const before = processTree(running.pid);
    const load: PeerLoad = {
      endpoint: running.endpoint,
      serverPid: running.pid,
      hasFirehose,
      connectionCount: CONNECTION_COUNT,
      shardCount: SHARD_COUNT,
      recordsPerCall: RECORDS_PER_CALL,
      recordBytes: RECORD_BYTES,
      durationMs,
      ...(running.bucket && { bucket: running.bucket() }),
    };
    const script = fileURLToPath(new URL("load.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(load)]);
    const done = JSON.parse(stdout) as PeerDone;
    const after = processTree(running.pid);
    const { firehoseBatches, firehosePuts, kinesisPuts, putRecords, getRecords } = done.phases;
    return {
      rates: [
        fixed(startSeconds, 1),
        `${residentMiB(before)} → ${residentMiB(after)}`,
        mib(firehoseBatches),
        calls(firehosePuts),
        calls(kinesisPuts),
        mib(putRecords),
        mib(getRecords),
      ],
      costs: [
        ...PHASES.map((phase) => cpu(done.phases[phase])),
        fixed(done.clientCores, 2),
        `${done.refusedCount} / ${done.missingCount}`,
      ],
    };
  } finally {
    await running.stop();
  }
}

interface Measured {
  readonly rates: readonly string[];
  readonly costs: readonly string[];
}

const NONE = "–";
const mib = (phase?: Phase) => (phase ? fixed(phase.mibPerSecond, 1) : NONE);
const calls = (phase?: Phase) => (phase ? fixed(phase.callsPerSecond, 0) : NONE);
const cpu = (phase?: Phase) => (phase ? fixed(phase.serverCpuMsPerCall, 2) : NONE);
const residentMiB = (processes: ReturnType<typeof processTree>) =>
  fixed(processes.reduce((sum, { residentKiB }) => sum + residentKiB, 0) / 1024, 0);

async function untilAnswering(endpoint: string): Promise<void> {
  const client = signedCalls(endpoint, 1);
  const deadline = performance.now() + START_WITHIN_MS;
  const probe = bodyOf({});
  for (;;) {
    const answer = await client.call("Kinesis_20131202.ListStreams", probe).catch(() => undefined);
    if (answer?.status === 200) break;
    if (performance.now() > deadline) throw new Error(`${endpoint} does not answer`);
    await sleep(PROBE_MS);
  }
  client.close();
}

const RATES = [
  "start, s",
  "resident MiB, at rest → after the load",
  "Firehose batches, MiB/s",
  "Firehose puts/s",
  "Kinesis puts/s",
  "PutRecords, MiB/s",
  "GetRecords, MiB/s",
];
const COSTS = [
  "Firehose batch",
  "Firehose put",
  "Kinesis put",
  "PutRecords",
  "GetRecords",
  "cores taken by the client",
  "refused calls / missing records",
];
const FAILED: Measured = { rates: RATES.map(() => "failed"), costs: COSTS.map(() => "failed") };

const home = mkdtempSync(join(tmpdir(), "hydrant-peers-home-"));
try {
  const contenders = [hydrant()];
  for (const name of names) {
    say(`installing ${name} …`);
    contenders.push(await PEERS[name]!(home));
  }
  const rows: { readonly name: string; readonly round: number; readonly measured: Measured }[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      say(`round ${round} of ${rounds}: ${contender.name} …`);
      const measured = await measure(contender).catch((error: unknown) => {
        say(`${contender.name}: ${String(error)}`);
        return FAILED;
      });
      say(`  ${measured.rates.join(" | ")}\n  ${measured.costs.join(" | ")}`);
      rows.push({ name: contender.name, round, measured });
    }
  }
  const order = contenders.map(({ name }) => name);
  const sorted = rows.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const table = (title: string, columns: readonly string[], part: keyof Measured): Table => ({
    title,
    columns: ["server", "round", ...columns],
    rows: sorted.map(({ name, round, measured }) => [name, round, ...measured[part]]),
  });
  const load = `One client of ${CONNECTION_COUNT} connections, records of 1 KiB, calls of one or of ${RECORDS_PER_CALL}, ${SHARD_COUNT} shards, ${durationMs / 1000} s each`;
  const tables = [
    table(load, RATES, "rates"),
    table("CPU of all the server's processes, ms a call", COSTS, "costs"),
  ];
  printJson("peers", tables);
  if (values.write) writeSection("peers", tables, "bench:peers -- --write");
} finally {
  rmSync(home, { recursive: true, force: true });
}
