/**
 * Fluent Bit's own outputs for Firehose and Data Streams, by TLS, with a configuration as its users write it: every line
 * that it read arrives, once. Needs a `fluent-bit` from 4.0 on, which knows the setting `port`, on the path, or
 * HYDRANT_FLUENT_BIT that names one.
 *
 * Tried with 5.1.1. These two outputs verify certificates whatever `tls.verify` says, so they are told ours.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import { compareLines, EXACTLY_ONCE, linesOf, openDelivered } from "../../helpers/delivered.ts";
import { startStack } from "../../helpers/stack-process.ts";

const LINE_COUNT = 20_000;
const ARRIVAL_TIMEOUT_MS = 120_000;

const fluentBit = process.env["HYDRANT_FLUENT_BIT"] || "fluent-bit";
try {
  console.log(execFileSync(fluentBit, ["--version"], { encoding: "utf8" }).split("\n")[0]);
} catch {
  console.error(`${fluentBit} was not found; HYDRANT_FLUENT_BIT names one`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), "hydrant-fluent-bit-"));
const log = join(scratch, "app.log");
const lines = Array.from({ length: LINE_COUNT }, (_, n) => `line ${n} of an application\n`);
writeFileSync(log, lines.join(""));

const stack = await startStack({ environment: { HYDRANT_TLS: "1" } });
const { certFile } = JSON.parse(readFileSync(join(stack.dataDir, "stack.json"), "utf8")) as {
  readonly certFile: string;
};
const access = {
  endpoint: stack.apiEndpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const firehose = new FirehoseClient(access);
const kinesis = new KinesisClient(access);
const delivered = openDelivered(stack.s3Endpoint, stack.deliveryBucket);

/** An address has no SNI, a name has. */
const ENDPOINTS = ["127.0.0.1", "localhost"];

async function ship(output: string, target: string, endpoint: string): Promise<void> {
  const config = join(scratch, "fluent-bit.conf");
  writeFileSync(
    config,
    `[SERVICE]
    Flush 1
    Grace 30
[INPUT]
    Name tail
    Path ${log}
    Read_from_Head On
    Exit_On_Eof On
[OUTPUT]
    Name ${output}
    Match *
    region us-east-1
    ${target}
    endpoint ${endpoint}
    port ${stack.ports.api}
    tls.verify off
    tls.ca_file ${certFile}
    log_key log
    Retry_Limit False
`,
  );
  const child = spawn(fluentBit, ["--quiet", "--config", config], {
    env: { PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    stdio: "inherit",
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`fluent-bit ended with ${String(code)}`);
}

/** Reads until as many lines are there as were sent, or for as long as is patient. */
async function arrived(read: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const deadline = performance.now() + ARRIVAL_TIMEOUT_MS;
  for (;;) {
    const found = await read();
    if (found.length >= LINE_COUNT || performance.now() > deadline) return found;
    await sleep(500);
  }
}

async function byFirehose(endpoint: string): Promise<readonly string[]> {
  const name = `lines-${endpoint}`;
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        BucketARN: `arn:aws:s3:::${stack.deliveryBucket}`,
        RoleARN: "arn:aws:iam::000000000000:role/hydrant",
        Prefix: `${name}/`,
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 1 },
      },
    }),
  );
  await ship("kinesis_firehose", `delivery_stream ${name}`, endpoint);
  return arrived(async () => linesOf(await delivered.objects(`${name}/`)));
}

/** Throttled, Fluent Bit sends a whole chunk again, what was taken of it too; so nothing is throttled. */
const SHARD_COUNT = 40;

async function byStream(endpoint: string): Promise<readonly string[]> {
  const StreamName = `lines-${endpoint}`;
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: SHARD_COUNT }));
  await ship("kinesis_streams", `stream ${StreamName}`, endpoint);
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const iterators = await Promise.all(
    Shards.map(async ({ ShardId }) => {
      const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
      return (await kinesis.send(new GetShardIteratorCommand(start))).ShardIterator;
    }),
  );
  const found: string[] = [];
  return arrived(async () => {
    for (const [index, ShardIterator] of iterators.entries()) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      iterators[index] = page.NextShardIterator;
      for (const { Data } of page.Records ?? []) found.push(Buffer.from(Data ?? []).toString());
    }
    return found;
  });
}

let isGood = true;
try {
  for (const [output, send] of [
    ["kinesis_firehose", byFirehose],
    ["kinesis_streams", byStream],
  ] as const) {
    for (const endpoint of ENDPOINTS) {
      const told = compareLines(lines, await send(endpoint));
      const isWhole = JSON.stringify(told) === JSON.stringify(EXACTLY_ONCE);
      console.log(
        `${output} to ${endpoint}: ${LINE_COUNT} lines sent, ${told.lost.length} lost, ${told.doubled.length} doubled, ${told.foreign.length} foreign`,
      );
      isGood &&= isWhole;
    }
  }
} finally {
  for (const client of [firehose, kinesis]) client.destroy();
  delivered.close();
  await stack.stop();
  for (const folder of [stack.dataDir, scratch]) rmSync(folder, { recursive: true, force: true });
}
process.exit(isGood ? 0 : 1);
