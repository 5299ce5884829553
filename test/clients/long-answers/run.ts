/**
 * Answers that take their time, by the JavaScript client over HTTP/2, at the pace that Lambda streams them: a page of
 * 10 MiB, and a subscription from its beginning to its end after five minutes. Takes six minutes.
 */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { patientRetries } from "../../helpers/patient-retries.ts";
import { startStack } from "../../helpers/stack-process.ts";

const ShardId = "shardId-000000000000";
const MIB = 1024 * 1024;
const SUBSCRIPTION_SECONDS = 300;
/** Clients give up when nothing comes for so long. */
const SILENCE_MAX_SECONDS = 10;
/** The shard is looked at five times a second. */
const VISIBLE_AFTER_MS = 2000;

const stack = await startStack({ environment: { HYDRANT_PACE: "aws" } });
const client = new KinesisClient({
  endpoint: stack.apiEndpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  // A shard takes 1 MiB a second.
  retryStrategy: patientRetries(1000),
});

try {
  await largePage("pages");
  await subscription("pushes");
} finally {
  client.destroy();
  await stack.stop();
  rmSync(stack.dataDir, { recursive: true, force: true });
}

async function largePage(StreamName: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const Data = Buffer.alloc(MIB - 1);
  for (let count = 0; count < 11; count++) {
    await client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data }));
  }
  const place = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(place));
  const startedAt = performance.now();
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const byteCount = Records!.reduce((sum, record) => sum + record.Data!.length + 1, 0);
  expect(byteCount === 10 * MIB, `a page of ${byteCount / MIB} MiB in ${seconds} s`);
}

async function subscription(StreamName: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" }),
  );
  const { EventStream } = await client.send(
    new SubscribeToShardCommand({
      ConsumerARN: Consumer!.ConsumerARN,
      ShardId,
      StartingPosition: { Type: "TRIM_HORIZON" },
    }),
  );
  const startedAt = performance.now();
  const over = new AbortController();
  const putting = keepPutting(StreamName, over.signal);
  const numbers: number[] = [];
  let lastAt = startedAt;
  let longestSilenceMs = 0;
  for await (const { SubscribeToShardEvent: event } of EventStream!) {
    longestSilenceMs = Math.max(longestSilenceMs, performance.now() - lastAt);
    lastAt = performance.now();
    for (const { Data } of event?.Records ?? []) numbers.push(Number(Buffer.from(Data!)));
  }
  const endedAt = performance.now();
  const seconds = (endedAt - startedAt) / 1000;
  over.abort();
  const takenAt = await putting;
  expect(Math.abs(seconds - SUBSCRIPTION_SECONDS) < 5, `a subscription of ${seconds.toFixed(1)} s`);
  const silence = longestSilenceMs / 1000;
  expect(silence < SILENCE_MAX_SECONDS, `its longest silence: ${silence.toFixed(1)} s`);
  const isInOrder = numbers.every((number, index) => number === index);
  expect(isInOrder, `${numbers.length} of ${takenAt.length} records pushed, in order`);
  const dueCount = takenAt.filter((at) => at < endedAt - VISIBLE_AFTER_MS).length;
  expect(numbers.length >= dueCount, "none left behind that came before its end");
}

/** Bursts and pauses of up to a quarter of a minute; answers when each was acknowledged. */
async function keepPutting(StreamName: string, signal: AbortSignal): Promise<readonly number[]> {
  const takenAt: number[] = [];
  for (let round = 0; !signal.aborted; round++) {
    for (let burst = 0; burst < 20 && !signal.aborted; burst++) {
      const Data = Buffer.from(String(takenAt.length));
      await client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data }));
      takenAt.push(performance.now());
    }
    await sleep((round % 6) * 3000, undefined, { signal }).catch(() => {});
  }
  return takenAt;
}

function expect(isTrue: boolean, what: string): void {
  console.log(`${isTrue ? "  " : "NOT SO: "}${what}`);
  if (!isTrue) process.exitCode = 1;
}
