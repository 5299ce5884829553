/**
 * What does a call cost that says it is a second attempt? Against the whole offline stack, into a lane of 20,000 blocks:
 * calls that are what they say, and calls that only say so, one after the other and 32 at once, beside first attempts.
 */
import { type FirehoseClient, PutRecordCommand } from "@aws-sdk/client-firehose";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { freePort } from "../offline/free-port.ts";
import { laneKey } from "../src/delivery/delivery-stream.ts";
import { dynamodbDeliveryStreams } from "../src/storage/dynamodb/delivery-streams.ts";
import { dynamodbLog } from "../src/storage/dynamodb/log.ts";
import { asAttempt } from "../test/helpers/attempts.ts";
import { accessLogs } from "./access-logs.ts";
import { quantile } from "./measure.ts";
import { fixed, type Table } from "./report.ts";
import { createStream, firehoseClient, withStack } from "./stack.ts";

const STREAM = "retries";
const BLOCK_COUNT = 20_000;
const FILLERS = 32;
const CALL_COUNT = 320;
const WARM_UP_COUNT = 64;
const AT_ONCE = 32;
const [DATA = new Uint8Array()] = accessLogs({ count: 1, recordBytes: 1024 });

export async function retries(): Promise<readonly Table[]> {
  const dynamodbPort = await freePort();
  const rows = await withStack(
    async (stack) => {
      const client = firehoseClient(stack.apiEndpoint);
      await createStream(client, stack, { name: STREAM, intervalSeconds: 900, sizeMiB: 128 });
      await fillLane(`http://127.0.0.1:${dynamodbPort}`);
      const first = () => attempt(client, 1, crypto.randomUUID());
      const made = () => attempt(client, 2, crypto.randomUUID());
      const repeated = async () => {
        const id = crypto.randomUUID();
        await attempt(client, 1, id);
        return timed(() => attempt(client, 2, id));
      };
      await measure(WARM_UP_COUNT, 8, () => timed(first));
      // In turns, so that all meet the same machine.
      const times: Record<string, number[]> = {};
      const add = (name: string, values: readonly number[]) => (times[name] ??= []).push(...values);
      for (let round = 0; round < 4; round++) {
        const count = CALL_COUNT / 4;
        add("first, alone", await measure(count, 1, () => timed(first)));
        add("second, made up, alone", await measure(count, 1, () => timed(made)));
        add("second, of a call that stands, alone", await measure(count, 1, repeated));
        add("first, 32 at once", await measure(count, AT_ONCE, () => timed(first)));
        add("second, made up, 32 at once", await measure(count, AT_ONCE, () => timed(made)));
        add("first, beside 32 first", await beside(count, first, first));
        add("first, beside 32 second", await beside(count, made, first));
      }
      client.destroy();
      return Object.entries(times).map(([name, values]) => rowOf(name, values, times));
    },
    { environment: { HYDRANT_DYNAMODB_PORT: String(dynamodbPort) } },
  );
  return [
    {
      title: `PutRecord by what the call says, into a lane of ${BLOCK_COUNT.toLocaleString("en")} blocks, offline stack, ms on the clock`,
      columns: ["attempt", "p50", "p90", "of first attempts'"],
      rows,
    },
  ];
}

function rowOf(name: string, values: readonly number[], times: Record<string, number[]>) {
  const firsts = times[`first, ${name.split(", ").at(-1)?.replace("32 second", "32 first")}`];
  const p50 = quantile(values, 0.5);
  const ratio = firsts === undefined ? "" : fixed(p50 / quantile(firsts, 0.5), 2);
  return [name, fixed(p50, 1), fixed(quantile(values, 0.9), 1), ratio];
}

/** Straight into the tables: the way through the API would put many calls into one block. */
async function fillLane(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const tables = { client, logTable: "hydrant-dev-log", stateTable: "hydrant-dev-state" };
  const stream = await dynamodbDeliveryStreams(tables).get(STREAM);
  if (stream === undefined) throw new Error(`no stream ${STREAM}`);
  const shard = laneKey(stream, 0);
  const log = dynamodbLog(tables);
  let left = BLOCK_COUNT;
  const fill = async () => {
    while (left-- > 0) {
      const reserved = await log.reserve(shard, { recordCount: 1, byteCount: 10 });
      if (reserved.kind !== "reserved") throw new Error(reserved.kind);
      const { blockIndex, ...offsets } = reserved;
      const nowMs = Date.now();
      await log.write({
        ...offsets,
        kind: "data",
        shard,
        index: blockIndex,
        recordCount: 1,
        byteCount: 10,
        arrivedAtMs: nowMs,
        expiresAtMs: nowMs + 86_400_000,
        token: String(blockIndex),
        body: { kind: "inline", bytes: Buffer.from("\0\x0a0123456789") },
      });
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, fill));
  client.destroy();
}

async function attempt(client: FirehoseClient, number: number, id: string): Promise<void> {
  const DeliveryStreamName = STREAM;
  const command = new PutRecordCommand({ DeliveryStreamName, Record: { Data: DATA } });
  await client.send(asAttempt(command, number, id));
}

async function timed(call: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}

async function measure(
  count: number,
  concurrency: number,
  once: () => Promise<number>,
): Promise<readonly number[]> {
  const values: number[] = [];
  let left = count;
  const run = async () => {
    while (left-- > 0) values.push(await once());
  };
  await Promise.all(Array.from({ length: concurrency }, run));
  return values;
}

/** One caller, while 32 others call. */
async function beside(
  count: number,
  others: () => Promise<void>,
  own: () => Promise<void>,
): Promise<readonly number[]> {
  const over = new AbortController();
  const crowd = Array.from({ length: AT_ONCE }, async () => {
    while (!over.signal.aborted) await others();
  });
  const values = await measure(count, 1, () => timed(own));
  over.abort();
  await Promise.all(crowd);
  return values;
}
