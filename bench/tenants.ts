/**
 * Does one tenant feel it when another sends twenty times what its key may? Two keys with rates put to one data stream of the
 * offline stack. The one that is measured sends alone and beside the other by turns; each tenant in a thread of its own.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { CreateStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { quantile } from "./measure.ts";
import { fixed, type Table } from "./report.ts";
import { withStack } from "./stack.ts";
import type { Sent, Tenant } from "./tenant.ts";

const STREAM = "shared";
const ROUNDS = 6;
const SECONDS = 8;
const QUIET_CALLS_PER_SECOND = 40;
const LOUD_RATE = 10;
const LOUD_TIMES = 20;

export async function tenants(): Promise<readonly Table[]> {
  const alone: Sent[] = [];
  const beside: Sent[] = [];
  const loud: Sent[] = [];
  await withStack(async ({ apiEndpoint: endpoint, dataDir }) => {
    const client = new KinesisClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      requestHandler: new NodeHttpHandler(),
    });
    await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 2 }));
    client.destroy();
    const common = { endpoint, streamName: STREAM, seconds: SECONDS };
    const quietOne = {
      ...common,
      ...makeKey(dataDir, "quiet", 2 * QUIET_CALLS_PER_SECOND),
      callsPerSecond: QUIET_CALLS_PER_SECOND,
    };
    const loudOne = {
      ...common,
      ...makeKey(dataDir, "loud", LOUD_RATE),
      callsPerSecond: LOUD_TIMES * LOUD_RATE,
    };
    await inThread({ ...quietOne, seconds: 2 });
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await inThread(quietOne));
      const [one, other] = await Promise.all([inThread(quietOne), inThread(loudOne)]);
      beside.push(one);
      loud.push(other);
    }
  });
  const p99 = (sent: readonly Sent[]) =>
    quantile(
      sent.flatMap(({ latenciesMs }) => latenciesMs),
      0.99,
    );
  const row = (name: string, sent: readonly Sent[]) => {
    const latenciesMs = sent.flatMap((one) => one.latenciesMs);
    const count = (of: (one: Sent) => number) => sent.reduce((sum, one) => sum + of(one), 0);
    return [
      name,
      count((one) => one.takenCount),
      count((one) => one.refusedCount),
      count((one) => one.otherCount),
      fixed(quantile(latenciesMs, 0.5), 1),
      fixed(p99(sent), 1),
      fixed(p99(sent) / p99(alone), 2),
    ];
  };
  return [
    {
      title: `Two keys at one data stream of the offline stack: ${QUIET_CALLS_PER_SECOND} puts a second of a key that may send twice as many, and ${LOUD_TIMES * LOUD_RATE} of one that may send ${LOUD_RATE}; ${ROUNDS} rounds of ${SECONDS} s`,
      columns: ["who", "taken", "throttled", "failed", "p50, ms", "p99, ms", "p99 to alone"],
      rows: [
        row("within its rate, alone", alone),
        row("within its rate, beside the other", beside),
        row(`at ${LOUD_TIMES} times its rate`, loud),
      ],
    },
  ];
}

function inThread(workerData: Tenant): Promise<Sent> {
  const worker = new Worker(new URL("./tenant.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function makeKey(dataDir: string, name: string, callsPerSecond: number) {
  const launcher = fileURLToPath(new URL("../bin/hydrant.mjs", import.meta.url));
  const options = ["--name", name, "--allow-everything", "--rate", String(callsPerSecond)];
  const args = [launcher, "keys", "create", ...options, "--output", "json"];
  const env = { ...process.env, HYDRANT_DATA_DIR: dataDir };
  const made = execFileSync(process.execPath, args, { encoding: "utf8", env });
  const { AccessKeyId, SecretAccessKey } = JSON.parse(made) as Record<string, string>;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! };
}
