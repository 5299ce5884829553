/**
 * Telegraf's input for Firehose as the HTTP endpoint of a delivery stream: what was put arrives, also when Telegraf is killed
 * and started again in the middle, and answers are lost on their way. Without the repeats, known by their request ids, every
 * record is there, once. Needs Go, or HYDRANT_TELEGRAF that names a `telegraf` with the input `firehose`.
 *
 * Tried with 1.37.2.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import {
  CreateDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
} from "@aws-sdk/client-firehose";
import { freePort } from "../../../offline/free-port.ts";
import { startStack } from "../../helpers/stack-process.ts";

const RECORD_COUNT = 100_000;
const CALL_COUNT = 500;
const KILLED_AFTER_COUNT = 30_000;
const AWAY_MS = 5000;
/** So many requests are taken without Hydrant hearing of it. */
const LOST_ANSWER_EVERY = 4;
const ARRIVAL_TIMEOUT_MS = 180_000;
const VERSION = "v1.37.2";
const ACCESS_KEY = "k3y";
const TAGS = ["custom", "inputs.firehose", "outputs.file", "parsers.influx", "serializers.influx"];

const scratch = mkdtempSync(join(tmpdir(), "hydrant-telegraf-"));

function telegrafProgram(): string {
  const given = process.env["HYDRANT_TELEGRAF"];
  if (given) return given;
  console.log(`building telegraf ${VERSION}`);
  // Go's own store of roots is the system's.
  const { AWS_CA_BUNDLE: _none, ...env } = process.env;
  const found = execFileSync(
    "go",
    ["mod", "download", "-json", `github.com/influxdata/telegraf@${VERSION}`],
    { cwd: scratch, encoding: "utf8", env },
  );
  const source = join(scratch, "source");
  cpSync((JSON.parse(found) as { readonly Dir: string }).Dir, source, { recursive: true });
  execFileSync("chmod", ["-R", "u+w", source]);
  const program = join(scratch, "telegraf");
  const flags = ["-p", "1", "-trimpath", "-ldflags=-s -w", "-tags", TAGS.join(",")];
  execFileSync("go", ["build", ...flags, "-o", program, "./cmd/telegraf"], { cwd: source, env });
  return program;
}

const program = telegrafProgram();
console.log(execFileSync(program, ["--version"], { encoding: "utf8" }).trim());

const port = await freePort();
const output = join(scratch, "lines.out");
const config = join(scratch, "telegraf.conf");
writeFileSync(
  config,
  `[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  omit_hostname = true
[[inputs.firehose]]
  service_address = "127.0.0.1:${port}"
  paths = ["/telegraf"]
  access_key = "${ACCESS_KEY}"
  parameter_tags = ["team"]
  data_format = "influx"
[[outputs.file]]
  files = ["${output}"]
  data_format = "influx"
`,
);

let telegraf: ChildProcess | undefined;

async function startTelegraf(): Promise<void> {
  telegraf = spawn(program, ["--quiet", "--config", config], { stdio: "inherit" });
  while (!(await isListening())) await sleep(100);
}

function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = httpRequest({ port, host: "127.0.0.1", method: "GET" }, (response) => {
      response.resume();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
    probe.end();
  });
}

async function killTelegraf(): Promise<void> {
  const gone = new Promise((resolve) => telegraf?.once("exit", resolve));
  telegraf?.kill("SIGKILL");
  await gone;
  telegraf = undefined;
}

/**
 * Stands before Telegraf and keeps, by request id, what Telegraf has said yes to: its file alone does not tell repeats, nor
 * what it lost when it was killed with lines in memory.
 */
const accepted = new Map<string, readonly string[]>();
let repeatCount = 0;
let refusedCount = 0;
let okCount = 0;

function startDoor(): Promise<Server> {
  const door = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const onward = httpRequest(
        { port, host: "127.0.0.1", method: "POST", path: request.url, headers: request.headers },
        (answer) => {
          const answered: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => answered.push(chunk));
          answer.on("error", () => response.destroy());
          answer.on("end", () => {
            if (answer.statusCode === 200) {
              keep(body);
              okCount += 1;
              // The answer is lost, and the request had its effect.
              if (okCount % LOST_ANSWER_EVERY === 0) return void response.destroy();
            } else refusedCount += 1;
            response.writeHead(answer.statusCode ?? 500, answer.headers);
            response.end(Buffer.concat(answered));
          });
        },
      );
      onward.on("error", () => {
        refusedCount += 1;
        response.destroy();
      });
      onward.end(body);
    });
  });
  return new Promise((resolve) => door.listen(0, "127.0.0.1", () => resolve(door)));
}

function keep(body: Buffer): void {
  const { requestId, records } = JSON.parse(gunzipSync(body).toString()) as {
    readonly requestId: string;
    readonly records: readonly { readonly data: string }[];
  };
  if (accepted.has(requestId)) repeatCount += 1;
  accepted.set(
    requestId,
    records.map(({ data }) => Buffer.from(data, "base64").toString().trim()),
  );
}

const BASE_NS = 1_700_000_000_000_000_000n;
const lineOf = (stream: string, n: number) => `${stream},host=a n=${n}i ${BASE_NS + BigInt(n)}`;

const stack = await startStack();
const firehose = new FirehoseClient({
  endpoint: stack.apiEndpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const door = await startDoor();

async function create(DeliveryStreamName: string): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName,
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: {
          Url: `http://127.0.0.1:${(door.address() as AddressInfo).port}/telegraf`,
          AccessKey: ACCESS_KEY,
        },
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
        RequestConfiguration: {
          ContentEncoding: "GZIP",
          CommonAttributes: [{ AttributeName: "team", AttributeValue: DeliveryStreamName }],
        },
        S3Configuration: {
          BucketARN: `arn:aws:s3:::${stack.deliveryBucket}`,
          RoleARN: "arn:aws:iam::000000000000:role/hydrant",
          Prefix: `${DeliveryStreamName}/`,
        },
      },
    }),
  );
}

async function put(DeliveryStreamName: string, onCall: (sentCount: number) => void): Promise<void> {
  for (let from = 0; from < RECORD_COUNT; from += CALL_COUNT) {
    const Records = Array.from({ length: CALL_COUNT }, (_, index) => ({
      Data: Buffer.from(`${lineOf(DeliveryStreamName, from + index)}\n`),
    }));
    const { FailedPutCount } = await firehose.send(
      new PutRecordBatchCommand({ DeliveryStreamName, Records }),
    );
    if (FailedPutCount !== 0) throw new Error(`${FailedPutCount} records were not taken`);
    onCall(from + CALL_COUNT);
  }
}

/** Each as often as it is there, without those of repeated requests. */
function acceptedLines(stream: string): readonly string[] {
  return [...accepted.values()].flat().filter((line) => line.startsWith(`${stream},`));
}

async function arrived(stream: string): Promise<readonly string[]> {
  const deadline = performance.now() + ARRIVAL_TIMEOUT_MS;
  for (;;) {
    const lines = acceptedLines(stream);
    if (lines.length >= RECORD_COUNT || performance.now() > deadline) return lines;
    await sleep(500);
  }
}

function isWhole(stream: string, lines: readonly string[]): boolean {
  const found = new Set(lines);
  const wanted = Array.from({ length: RECORD_COUNT }, (_, n) => lineOf(stream, n));
  const lostCount = wanted.filter((line) => !found.has(line)).length;
  const doubledCount = lines.length - found.size;
  console.log(
    `${stream}: ${RECORD_COUNT} records put, ${lines.length} accepted, ${lostCount} lost, ${doubledCount} doubled after deduplication by request id; ${repeatCount} requests repeated, ${refusedCount} refused or cut`,
  );
  return lostCount === 0 && doubledCount === 0;
}

/** What Telegraf itself has written of a stream, which was never killed meanwhile. */
function isWritten(stream: string): boolean {
  const text = existsSync(output) ? readFileSync(output, "utf8") : "";
  const lines = text.split("\n").filter((line) => line.startsWith(`${stream},`));
  const tagged = lines.filter((line) => line.includes(`,team=${stream} `));
  const numbers = new Set(lines.map((line) => / n=(\d+)i /.exec(line)?.[1]));
  console.log(`${stream}: Telegraf wrote ${lines.length} lines, ${numbers.size} of them different`);
  return numbers.size === RECORD_COUNT && tagged.length === lines.length;
}

let isGood = true;
try {
  await startTelegraf();
  await create("steady");
  await put("steady", () => {});
  isGood = isWhole("steady", await arrived("steady"));
  await sleep(3000);
  isGood = isWritten("steady") && isGood;

  await create("killed");
  let away: Promise<void> | undefined;
  await put("killed", (sentCount) => {
    if (sentCount < KILLED_AFTER_COUNT || away !== undefined) return;
    away = (async () => {
      await killTelegraf();
      await sleep(AWAY_MS);
      await startTelegraf();
    })();
  });
  await away;
  isGood = isWhole("killed", await arrived("killed")) && isGood;
} finally {
  firehose.destroy();
  door.closeAllConnections();
  door.close();
  telegraf?.kill("SIGKILL");
  await stack.stop();
  for (const folder of [stack.dataDir, scratch]) rmSync(folder, { recursive: true, force: true });
}
process.exit(isGood ? 0 : 1);
