/**
 * `npm run bench:kinesis`: how fast are data streams offline, beside emulators that keep their records
 * in memory? Each takes the same load from one process over HTTP/1.1, one after the other. The others are no
 * dependency: `HYDRANT_BENCH_RIVALS` names a directory where `npm install kinesalite kinesis-local` was done.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { answerHelp } from "../bin/help.ts";
import { freePort } from "../offline/free-port.ts";
import { eventually } from "../test/helpers/eventually.ts";
import { startStack } from "../test/helpers/stack-process.ts";
import type { KinesisDone, KinesisLoad } from "./kinesis-load.ts";
import { fixed, printJson, type Table } from "./report.ts";

answerHelp(`
npm run bench:kinesis

PutRecords and GetRecords on a stream of 32 shards, beside emulators that are installed in HYDRANT_BENCH_RIVALS,
a directory where "npm install kinesalite kinesis-local" was done; those that are missing are left out.`);

const STREAM_NAME = "bench";
/** Enough that no limit of a shard is met. */
const SHARD_COUNT = 32;
const CLIENT_COUNT = 4;
const DURATION_MS = 8000;
const RECORDS_PER_CALL = 500;
const RECORD_BYTES = [100, 1024];

interface Contender {
  readonly name: string;
  start(): Promise<Running>;
}

interface Running {
  readonly endpoint: string;
  readonly pids: readonly number[];
  stop(): Promise<unknown>;
}

const hydrant: Contender = {
  name: "Hydrant, records on disk",
  async start() {
    const stack = await startStack();
    const { pid, servicesPid, dynamodbPid } = JSON.parse(
      readFileSync(join(stack.dataDir, "stack.json"), "utf8"),
    ) as Readonly<Record<"pid" | "servicesPid" | "dynamodbPid", number>>;
    return {
      endpoint: stack.apiEndpoint,
      pids: [pid, servicesPid, dynamodbPid],
      stop: () => stack.stop(),
    };
  },
};

function rival(
  directory: string,
  name: string,
  script: string,
  settings: (
    port: number,
    tlsPort: number,
  ) => { args?: readonly string[]; env?: NodeJS.ProcessEnv },
): Contender | undefined {
  const home = join(directory, "node_modules", name);
  if (!existsSync(join(home, script))) return undefined;
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
    readonly version: string;
  };
  return {
    name: `${name} ${version}, in memory`,
    async start() {
      const port = await freePort();
      const { args = [], env = {} } = settings(port, await freePort());
      const child: ChildProcess = spawn(process.execPath, [join(home, script), ...args], {
        // One of them looks for a certificate where it is started.
        cwd: home,
        env: { ...process.env, ...env },
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      return {
        endpoint: `http://127.0.0.1:${port}`,
        pids: [child.pid!],
        async stop() {
          child.kill("SIGKILL");
          await ended;
        },
      };
    },
  };
}

function contenders(): readonly Contender[] {
  const directory = process.env["HYDRANT_BENCH_RIVALS"] ?? "";
  const found = {
    kinesalite: rival(directory, "kinesalite", "cli.js", (port) => ({
      args: ["--port", String(port), "--shardLimit", "1000", "--createStreamMs", "50"],
    })),
    "kinesis-local": rival(directory, "kinesis-local", "main.js", (port, tlsPort) => ({
      env: {
        KINESIS_MOCK_PLAIN_PORT: String(port),
        KINESIS_MOCK_TLS_PORT: String(tlsPort),
        SHARD_LIMIT: "1000",
        LOG_LEVEL: "ERROR",
      },
    })),
  };
  for (const [name, contender] of Object.entries(found)) {
    if (contender === undefined) {
      process.stderr.write(
        `${name} is missing: npm install it and name its directory in HYDRANT_BENCH_RIVALS\n`,
      );
    }
  }
  return [hydrant, ...Object.values(found).filter((contender) => contender !== undefined)];
}

async function measure({ start }: Contender, recordBytes: number): Promise<(string | number)[]> {
  const running = await start();
  try {
    await createStream(running.endpoint);
    const rssBefore = rssMiB(running.pids);
    const load: KinesisLoad = {
      endpoint: running.endpoint,
      streamName: STREAM_NAME,
      clientCount: CLIENT_COUNT,
      recordBytes,
      recordsPerCall: RECORDS_PER_CALL,
      durationMs: DURATION_MS,
    };
    const script = fileURLToPath(new URL("kinesis-load.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(load)]);
    const done = JSON.parse(stdout) as KinesisDone;
    const rates = (count: number, seconds: number) => [
      fixed(count / seconds, 0),
      fixed((count * recordBytes) / 1e6 / seconds, 2),
    ];
    return [
      ...rates(done.putCount, done.putSeconds),
      fixed(done.refusedCount, 0),
      done.failedCalls,
      ...rates(done.readCount, done.readSeconds),
      fixed(done.putCount - done.readCount, 0),
      `${rssBefore} / ${rssMiB(running.pids)}`,
    ];
  } finally {
    await running.stop();
  }
}

async function createStream(endpoint: string): Promise<void> {
  const client = new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  const stream = { StreamName: STREAM_NAME };
  await eventually("the stream can be created", async () => {
    await client.send(new CreateStreamCommand({ ...stream, ShardCount: SHARD_COUNT }));
    return true;
  });
  await eventually("the stream is ACTIVE", async () => {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand(stream),
    );
    return StreamDescriptionSummary?.StreamStatus === "ACTIVE" || undefined;
  });
  client.destroy();
}

/** What all its processes hold now. */
function rssMiB(pids: readonly number[]): number {
  const kib = pids.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0);
  });
  return Math.round(kib.reduce((sum, one) => sum + one, 0) / 1024);
}

const all = contenders();
const tables: Table[] = [];
for (const recordBytes of RECORD_BYTES) {
  const rows: (string | number)[][] = [];
  for (const contender of all) {
    const row = await measure(contender, recordBytes).catch((error: unknown) => {
      process.stderr.write(`${contender.name}: ${String(error)}\n`);
      return ["failed", ...Array.from({ length: 7 }, () => "–")];
    });
    rows.push([contender.name, ...row]);
  }
  tables.push({
    title: `PutRecords of ${RECORDS_PER_CALL} × ${recordBytes} B for ${DURATION_MS / 1000} s, ${CLIENT_COUNT} clients, ${SHARD_COUNT} shards, then read from TRIM_HORIZON`,
    columns: [
      "server",
      "put records/s",
      "MB/s",
      "refused records",
      "failed calls",
      "read records/s",
      "MB/s read",
      "not read back",
      "RSS before / after, MiB",
    ],
    rows,
  });
}
printJson("kinesis", tables);
