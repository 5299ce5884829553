/**
 * `node test/faults/kinesis-throttle.ts`: twice what a shard takes is offered for twenty seconds. Prints what was
 * taken, in all and second by second as the records' own sequence numbers tell it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CreateStreamCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { SHARD_WRITE_MAX_COUNT_PER_SECOND } from "../../src/limits.ts";
import { parseSequenceNumber } from "../../src/log/sequence.ts";
import { startStack } from "../helpers/stack-process.ts";
import { kinesisClient } from "./kinesis-client.ts";
import { untilActive } from "./kinesis-resharding.ts";

const STREAM_NAME = "throttle";
const DURATION_MS = 20_000;
const CALLS_PER_SECOND = 20;
const RECORDS_PER_CALL = (2 * SHARD_WRITE_MAX_COUNT_PER_SECOND) / CALLS_PER_SECOND;
const TOLERANCE = 0.05;

const stack = await startStack();
const client = kinesisClient(stack.apiEndpoint, 1);
const perSecond = new Map<number, number>();
let offered = 0;
let accepted = 0;
let failedCalls = 0;

/** A call whose every record was refused is an error; the one answer that matters is what was taken. */
async function put(): Promise<void> {
  const Records = Array.from({ length: RECORDS_PER_CALL }, (_, i) => ({
    PartitionKey: `key-${i}`,
    Data: Buffer.alloc(100, 46),
  }));
  offered += Records.length;
  try {
    const command = new PutRecordsCommand({ StreamName: STREAM_NAME, Records });
    for (const { SequenceNumber } of (await client.send(command)).Records ?? []) {
      if (SequenceNumber === undefined) continue;
      accepted += 1;
      const second = (parseSequenceNumber(SequenceNumber)?.arrivedAtMs ?? 0) / 1000;
      perSecond.set(second, 1 + (perSecond.get(second) ?? 0));
    }
  } catch {
    failedCalls += 1;
  }
}

let isGood = false;
try {
  await client.send(new CreateStreamCommand({ StreamName: STREAM_NAME, ShardCount: 1 }));
  await untilActive(client, STREAM_NAME);
  // The compiler warms up on a second that is not counted.
  for (let call = 0; call < CALLS_PER_SECOND; call++) await put();
  await sleep(1000 - (Date.now() % 1000));
  perSecond.clear();
  offered = 0;
  accepted = 0;
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  for (let call = 0; call < (DURATION_MS / 1000) * CALLS_PER_SECOND; call++) {
    const dueAt = startedAt + (call * 1000) / CALLS_PER_SECOND;
    await sleep(Math.max(0, dueAt - performance.now()));
    calls.push(put());
  }
  await Promise.all(calls);
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = accepted / seconds;
  isGood = Math.abs(rate / SHARD_WRITE_MAX_COUNT_PER_SECOND - 1) <= TOLERANCE;
  const figures = {
    seconds: Math.round(seconds * 100) / 100,
    offeredPerSecond: Math.round(offered / seconds),
    acceptedPerSecond: Math.round(rate),
    failedCalls,
    mostInOneSecond: Math.max(...perSecond.values()),
    bySecond: [...perSecond].toSorted(([a], [b]) => a - b).map(([, count]) => count),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n${isGood ? "GOOD" : "BAD"}\n`);
} finally {
  client.destroy();
  await stack.stop();
}
process.exit(isGood ? 0 : 1);
