/**
 * `npm run test:faults:receivers`: a real stack, a delivery stream whose destination is an HTTP endpoint, and a receiver that
 * refuses, breaks off, answers late or wrongly, and is away now and then. The stack is killed and started again, and the
 * destination is changed under load. Then the faults end, and every record that was acknowledged must have come, once for each request
 * id that the receiver had not seen before.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  type HttpEndpointDestinationUpdate,
  PutRecordBatchCommand,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import { patientRetries } from "../helpers/patient-retries.ts";
import { seededRandom } from "../helpers/seeded-random.ts";
import { type StackProcess, startStack } from "../helpers/stack-process.ts";

const HELP = `Puts records to a real stack whose stream delivers to an HTTP endpoint with faults, kills the stack, and looks whether all arrived.

  npm run test:faults:receivers -- --seconds 60 --seed 1

  --seconds N  how long records are put (60)
  --seed N     what goes wrong, and when (1)
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const durationMs = Number(values.seconds) * 1000;
const random = seededRandom(Number(values.seed));

const STREAM = "to-a-receiver";
const ROLE = "arn:aws:iam::000000000000:role/firehose";
const LOOPS = 3;
const BATCH_MAX_COUNT = 40;
const UPDATE_EVERY_MS = 3000;
const KILL_EVERY_MS = 15_000;
const SETTLED_WITHIN_MS = 300_000;

const startedAtMs = Date.now();
const say = (text: string) => {
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`[${seconds} s] ${text}\n`);
};

interface Receiver {
  readonly url: string;
  /** By request id, what came under it first. */
  readonly requests: Map<string, readonly string[]>;
  readonly counts: Record<Fault | "taken" | "repeated" | "other contents", number>;
  isBroken: boolean;
  close(): void;
}

type Fault = "refused" | "cut before" | "cut behind" | "late" | "wrong id" | "away";

/** Half of what is refused, cut or answered wrongly has taken effect all the same. */
async function startReceiver(): Promise<Receiver> {
  const requests = new Map<string, readonly string[]>();
  const faults: readonly Fault[] = ["refused", "cut before", "cut behind", "late", "wrong id"];
  const counts: Receiver["counts"] = {
    refused: 0,
    "cut before": 0,
    "cut behind": 0,
    late: 0,
    "wrong id": 0,
    away: 0,
    taken: 0,
    repeated: 0,
    "other contents": 0,
  };
  let awayUntilMs = 0;

  function take(id: string, records: readonly string[]): void {
    const before = requests.get(id);
    if (before === undefined) requests.set(id, records);
    else if (before.join() === records.join()) counts.repeated += 1;
    else counts["other contents"] += 1;
    counts.taken += 1;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const { requestId, records } = JSON.parse(body.toString()) as {
      readonly requestId: string;
      readonly records: readonly { readonly data: string }[];
    };
    const reply = (status: number, id: string) => {
      const text = JSON.stringify({ requestId: id, timestamp: Date.now() });
      response.setHeader("content-type", "application/json").writeHead(status).end(text);
    };
    const texts = records.map(({ data }) => Buffer.from(data, "base64").toString());
    if (receiver.isBroken && random.fraction() < 0.02)
      awayUntilMs = Date.now() + random.fraction() * 8000;
    const isAway = Date.now() < awayUntilMs;
    const drawn = random.fraction();
    const fault = isAway
      ? "away"
      : receiver.isBroken && drawn < 0.3
        ? faults[Math.floor((drawn / 0.3) * faults.length)]
        : undefined;
    if (fault !== undefined) counts[fault] += 1;
    if (fault === "away" || fault === "cut before") return void request.socket.destroy();
    if (fault === "refused") {
      if (random.fraction() < 0.5) take(requestId, texts);
      return reply(503, requestId);
    }
    take(requestId, texts);
    if (fault === "cut behind") return void request.socket.destroy();
    if (fault === "late") await sleep(random.fraction() * 2000);
    reply(200, fault === "wrong id" ? randomUUID() : requestId);
  }

  const server = createServer((request, response) => {
    // Who sends may be killed in the middle.
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    counts,
    isBroken: true,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}

function clientOf(stack: Pick<StackProcess, "apiEndpoint">, isPatient: boolean): FirehoseClient {
  return new FirehoseClient({
    endpoint: stack.apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    ...(isPatient ? { retryStrategy: patientRetries(400) } : { maxAttempts: 1 }),
  });
}

const receiver = await startReceiver();
const functionsFile = new URL("../fixtures/functions/functions.yml", import.meta.url).pathname;
let stack = await startStack({ functionsFile });
const client = clientOf(stack, true);
await client.send(
  new CreateDeliveryStreamCommand({
    DeliveryStreamName: STREAM,
    HttpEndpointDestinationConfiguration: {
      ...settingsOf(1),
      EndpointConfiguration: { Url: `${receiver.url}/v1`, Name: "faulty", AccessKey: "key" },
      S3BackupMode: "FailedDataOnly",
      S3Configuration: { RoleARN: ROLE, BucketARN: `arn:aws:s3:::${stack.deliveryBucket}` },
    },
  }),
);
say(`a stack on ${stack.apiEndpoint}, a receiver on ${receiver.url}`);

/** By version: path, compression, hints, and a function that answers otherwise every time. */
function settingsOf(version: number): HttpEndpointDestinationUpdate {
  const isTransformed = version % 3 === 0;
  return {
    EndpointConfiguration: { Url: `${receiver.url}/v${version}`, Name: "faulty", AccessKey: "key" },
    RequestConfiguration: { ContentEncoding: version % 2 === 0 ? "GZIP" : "NONE" },
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: version % 3 },
    RetryOptions: { DurationInSeconds: 7200 },
    RoleARN: ROLE,
    ProcessingConfiguration: {
      Enabled: isTransformed,
      Processors: isTransformed
        ? [
            {
              Type: "Lambda",
              Parameters: [
                {
                  ParameterName: "LambdaArn",
                  ParameterValue: "arn:aws:lambda:us-east-1:000000000000:function:capricious",
                },
                { ParameterName: "NumberOfRetries", ParameterValue: "300" },
              ],
            },
          ]
        : [],
    },
  };
}

const acknowledged = new Set<string>();
const unknown = new Set<string>();
const putting = new AbortController();
const isPutting = () => !putting.signal.aborted;

async function produce(loop: number): Promise<void> {
  const own = clientOf(stack, loop > 0);
  for (let call = 0; isPutting(); call += 1) {
    const count = 1 + Math.floor(random.fraction() * BATCH_MAX_COUNT);
    const names = Array.from({ length: count }, (_, i) => `p${loop}-${call}.${i}`);
    const Records = names.map((name) => ({ Data: Buffer.from(`${name} ${"x".repeat(100)}`) }));
    try {
      const command = new PutRecordBatchCommand({ DeliveryStreamName: STREAM, Records });
      const { FailedPutCount = 0 } = await own.send(command);
      for (const name of names) (FailedPutCount > 0 ? unknown : acknowledged).add(name);
    } catch {
      // Whether it was taken nobody knows.
      for (const name of names) unknown.add(name);
      await sleep(200);
    }
    await sleep(random.fraction() * 60);
  }
  own.destroy();
}

let updateCount = 0;
async function update(): Promise<void> {
  while (isPutting()) {
    await sleep(UPDATE_EVERY_MS);
    try {
      const describe = new DescribeDeliveryStreamCommand({ DeliveryStreamName: STREAM });
      const { DeliveryStreamDescription } = await client.send(describe);
      const version = Number(DeliveryStreamDescription?.VersionId);
      await client.send(
        new UpdateDestinationCommand({
          DeliveryStreamName: STREAM,
          CurrentDeliveryStreamVersionId: String(version),
          DestinationId: "destinationId-000000000001",
          HttpEndpointDestinationUpdate: settingsOf(version + 1),
        }),
      );
      updateCount += 1;
    } catch (error) {
      say(`an update failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

let killCount = 0;
async function kill(): Promise<void> {
  for (;;) {
    await sleep(KILL_EVERY_MS * (0.5 + random.fraction()));
    if (!isPutting()) return;
    await stack.kill9();
    killCount += 1;
    say("the stack is killed");
    const { dataDir, ports } = stack;
    stack = await startStack({ dataDir, ports, functionsFile });
    say("and runs again");
  }
}

const running = [...Array.from({ length: LOOPS }, (_, loop) => produce(loop)), update(), kill()];
await sleep(durationMs);
putting.abort();
receiver.isBroken = false;
await Promise.all(running);
say(
  `${acknowledged.size} records acknowledged, ${unknown.size} unanswered, ${updateCount} updates, ${killCount} kills`,
);

/** How often each record came, in requests that were not seen before. */
function arrived(): Map<string, number> {
  const found = new Map<string, number>();
  for (const records of receiver.requests.values()) {
    for (const text of records) {
      const name = /p\d+-\d+\.\d+/.exec(text)?.[0] ?? text;
      found.set(name, (found.get(name) ?? 0) + 1);
    }
  }
  return found;
}

const missingOf = (found: ReadonlyMap<string, number>) =>
  [...acknowledged].filter((name) => !found.has(name));
const endMs = Date.now() + SETTLED_WITHIN_MS;
while (missingOf(arrived()).length > 0 && Date.now() < endMs) await sleep(500);
// What comes twice comes now.
await sleep(10_000);
const found = arrived();
const missing = missingOf(found);
const doubled = [...found].filter(([, count]) => count > 1).map(([name]) => name);
const strangers = [...found.keys()].filter((name) => !acknowledged.has(name) && !unknown.has(name));
const { counts } = receiver;
say(
  `${receiver.requests.size} requests, ${Object.entries(counts)
    .map(([name, count]) => `${name} ×${count}`)
    .join(", ")}`,
);
const isGood = missing.length + doubled.length + strangers.length + counts["other contents"] === 0;
say(
  isGood
    ? "GOOD: each record came once"
    : `BAD: ${missing.length} missing (${missing.slice(0, 5).join()}), ${doubled.length} doubled (${doubled.slice(0, 5).join()}), ${strangers.length} of nobody, ${counts["other contents"]} ids with other contents`,
);
client.destroy();
receiver.close();
await stack.stop();
process.exitCode = isGood ? 0 : 1;
