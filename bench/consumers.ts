/**
 * How fast does a mapping feed a function, and how soon? A function that takes 100 ms gets a backlog from 8 shards, 4
 * batches of each at a time; were invocations free, it would run 320 times a second. And a function that takes no time
 * gets lone records from a stream at rest. Every key's order is checked.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { call } from "../bin/hydrant/call.ts";
import { connectionFrom } from "../bin/hydrant/connection.ts";
import { laneOf } from "../src/consumer/progress.ts";
import { HASH_KEY_COUNT, hashKeyOf } from "../src/log/hash-key.ts";
import { eventually } from "../test/helpers/eventually.ts";
import { growingLines } from "../test/helpers/growing-lines.ts";
import type { StackProcess } from "../test/helpers/stack-process.ts";
import { type Noted, notesFile } from "./functions/hundred-ms.ts";
import { quantile } from "./measure.ts";
import { fixed, type Table } from "./report.ts";
import { withStack } from "./stack.ts";

const SHARD_COUNT = 8;
const FACTOR = 4;
const TAKES_MS = 100;
const BATCH_SIZE = 10;
const KEYS_PER_LANE = 5;
const BATCHES_PER_LANE = 150;
const RECORD_BYTES = 300;
const IDEAL_PER_SECOND = (SHARD_COUNT * FACTOR * 1000) / TAKES_MS;
const LONE_PUT_COUNT = 120;
const WARM_UP_COUNT = 10;
const POLL_MS = 20;
const CLOCK_TICKS_PER_SECOND = 100;
const FUNCTIONS_FILE = fileURLToPath(new URL("functions/functions.yml", import.meta.url));

export function consumers(): Promise<readonly Table[]> {
  return withStack(async (stack) => [await throughput(stack), await latency(stack)], {
    functionsFile: FUNCTIONS_FILE,
  });
}

async function throughput(stack: StackProcess): Promise<Table> {
  const StreamName = "busy";
  const client = kinesisClient(stack);
  await createStream(client, StreamName, SHARD_COUNT);
  await putBacklog(client, StreamName);
  client.destroy();
  const notes = openNotes(StreamName);
  await feed(stack, StreamName, "hundred-ms", { BatchSize: BATCH_SIZE });
  const total = SHARD_COUNT * FACTOR * BATCHES_PER_LANE;
  // In between all lanes are at work.
  const [from, to] = [total * 0.1, total * 0.8];
  const processes = processesOf(stack);
  await notes.until(from);
  const before = processes.map(cpuSeconds);
  await notes.until(to);
  const cpu = processes.map((one, i) => cpuSeconds(one) - before[i]!);
  const noted = await notes.until(total);
  notes.remove();
  checkOrder(noted);
  const [first, last] = [noted[from - 1]!.endedAtMs, noted[to - 1]!.endedAtMs];
  const perSecond = ((to - from) * 1000) / (last - first);
  return {
    title: `A function of ${TAKES_MS} ms, ${SHARD_COUNT} shards, ParallelizationFactor ${FACTOR}, BatchSize ${BATCH_SIZE}, a backlog of ${fixed(total * BATCH_SIZE, 0)} records, offline stack`,
    columns: [
      "invocations/s",
      "of the ideal",
      "records/s",
      "from end to next beginning in a lane, ms (p50 / p99)",
      ...processes.map(({ name }) => `CPU of ${name}, ms an invocation`),
    ],
    rows: [
      [
        fixed(perSecond, 0),
        fixed(perSecond / IDEAL_PER_SECOND, 2),
        fixed(perSecond * BATCH_SIZE, 0),
        pausesOf(noted.slice(from, to)),
        ...cpu.map((seconds) => fixed((seconds * 1000) / (to - from), 2)),
      ],
    ],
  };
}

async function latency(stack: StackProcess): Promise<Table> {
  const StreamName = "at-rest";
  const client = kinesisClient(stack);
  await createStream(client, StreamName, 1);
  const notes = openNotes(StreamName);
  await feed(stack, StreamName, "at-once", {});
  const acknowledgedMs: number[] = [];
  const invokedMs: number[] = [];
  for (let i = 0; i < LONE_PUT_COUNT; i++) {
    const putAtMs = Date.now();
    await client.send(
      new PutRecordCommand({ StreamName, PartitionKey: "k", Data: recordData(i + 1) }),
    );
    const answeredAtMs = Date.now();
    const noted = (await notes.until(i + 1))[i]!;
    if (i < WARM_UP_COUNT) continue;
    acknowledgedMs.push(answeredAtMs - putAtMs);
    invokedMs.push(noted.beganAtMs - putAtMs);
  }
  client.destroy();
  notes.remove();
  const row = (name: string, values: readonly number[]) => [
    name,
    fixed(quantile(values, 0.5), 0),
    fixed(quantile(values, 0.99), 0),
    fixed(Math.min(...values), 0),
  ];
  return {
    title: `Latency of a lone record to a function, offline stack at rest, ${LONE_PUT_COUNT - WARM_UP_COUNT} puts, ms on the clock`,
    columns: ["from the put until", "p50", "p99", "least"],
    rows: [row("it is acknowledged", acknowledgedMs), row("its function begins", invokedMs)],
  };
}

function kinesisClient({ apiEndpoint }: StackProcess): KinesisClient {
  return new KinesisClient({
    endpoint: apiEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
}

async function createStream(
  client: KinesisClient,
  StreamName: string,
  ShardCount: number,
): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await eventually(`${StreamName} is ACTIVE`, async () => {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName }),
    );
    return StreamDescriptionSummary?.StreamStatus === "ACTIVE" || undefined;
  });
}

async function feed(
  { apiEndpoint }: StackProcess,
  streamName: string,
  FunctionName: string,
  members: object,
): Promise<void> {
  await call(connectionFrom(apiEndpoint, {}), "CreateEventSourceMapping", {
    EventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${streamName}`,
    FunctionName,
    StartingPosition: "TRIM_HORIZON",
    ParallelizationFactor: FACTOR,
    ...members,
  });
}

/** Every lane gets as many keys, and every key as many records, numbered from 1 on. */
async function putBacklog(client: KinesisClient, StreamName: string): Promise<void> {
  const keys = evenKeys();
  for (let n = 1; n <= (BATCHES_PER_LANE * BATCH_SIZE) / KEYS_PER_LANE; n++) {
    let left = keys.map((PartitionKey) => ({ PartitionKey, Data: recordData(n) }));
    while (left.length > 0) {
      const { Records = [] } = await client.send(
        new PutRecordsCommand({ StreamName, Records: left }),
      );
      left = left.filter((_, i) => Records[i]?.SequenceNumber === undefined);
    }
  }
}

function evenKeys(): readonly string[] {
  const lanes = new Map<string, string[]>();
  const isFull = () =>
    lanes.size === SHARD_COUNT * FACTOR &&
    [...lanes.values()].every(({ length }) => length >= KEYS_PER_LANE);
  for (let i = 0; !isFull(); i++) {
    const key = `key-${i}`;
    const shard = (hashKeyOf(key) * BigInt(SHARD_COUNT)) / HASH_KEY_COUNT;
    const lane = `${shard}/${laneOf(key, FACTOR)}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), key]);
  }
  return [...lanes.values()].flatMap((inLane) => inLane.slice(0, KEYS_PER_LANE));
}

function recordData(n: number): Buffer {
  return Buffer.from(String(n).padStart(8, "0").padEnd(RECORD_BYTES, "."));
}

/** Throws if a record was handled twice or out of turn, or while another of its key was. */
function checkOrder(noted: readonly Noted[]): void {
  const before = new Map<string, { readonly n: number; readonly endedAtMs: number }>();
  for (const { records, beganAtMs, endedAtMs } of noted) {
    for (const { key, n } of records) {
      const last = before.get(key) ?? { n: 0, endedAtMs: 0 };
      const isBeforeItsTime = last.endedAtMs !== endedAtMs && last.endedAtMs > beganAtMs;
      if (n !== last.n + 1 || isBeforeItsTime) throw new Error(`${key} ${n} came after ${last.n}`);
      before.set(key, { n, endedAtMs });
    }
  }
}

/** How long a lane's function is not at work between two batches. */
function pausesOf(noted: readonly Noted[]): string {
  const ends = new Map<string, number>();
  const pauses: number[] = [];
  for (const { shardId, records, beganAtMs, endedAtMs } of noted) {
    const lane = `${shardId}/${laneOf(records[0]!.key, FACTOR)}`;
    const before = ends.get(lane);
    if (before !== undefined) pauses.push(beganAtMs - before);
    ends.set(lane, endedAtMs);
  }
  return `${fixed(quantile(pauses, 0.5), 0)} / ${fixed(quantile(pauses, 0.99), 0)}`;
}

function openNotes(streamName: string) {
  const file = notesFile(streamName);
  rmSync(file, { force: true });
  const read = growingLines(file, (line) => JSON.parse(line) as Noted);
  return {
    async until(count: number): Promise<readonly Noted[]> {
      while (read().length < count) await sleep(POLL_MS);
      return read();
    },
    remove: () => rmSync(file),
  };
}

interface Process {
  readonly name: string;
  readonly pid: number;
}

function processesOf({ dataDir }: StackProcess): readonly Process[] {
  const { pid, servicesPid, dynamodbPid } = JSON.parse(
    readFileSync(join(dataDir, "stack.json"), "utf8"),
  ) as Readonly<Record<"pid" | "servicesPid" | "dynamodbPid", number>>;
  return [
    { name: "the functions' process", pid },
    { name: "SQS and S3", pid: servicesPid },
    { name: "DynamoDB", pid: dynamodbPid },
  ];
}

/** What the process has used so far, in user and kernel mode. */
function cpuSeconds({ pid }: Process): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
