/**
 * What does a busy shard cost its readers? Units of the state and log tables, counted by ReturnConsumedCapacity, and
 * requests to SQS, of a doorbell's ring by the number of consumers, and of a consumer's wake-up by the blocks it finds.
 */
import { systemClock as clock } from "../src/clock.ts";
import { consumerReaderId } from "../src/consumer/mapping.ts";
import type { Progress } from "../src/consumer/progress.ts";
import { consume } from "../src/consumer/run.ts";
import type { ShardKey } from "../src/log/store.ts";
import { systemRandom as random } from "../src/random.ts";
import { type ReaderStore, SHARD_START } from "../src/readers/store.ts";
import { SweepSwitch } from "../src/readers/sweep-switch.ts";
import { answerDoorbell } from "../src/readers/wake.ts";
import { shardLookup } from "../src/streams/shard-lookup.ts";
import { dataShardKey } from "../src/streams/stream.ts";
import { createAppender } from "../src/log/append.ts";
import { initialShards } from "../src/streams/shard-map.ts";
import { newDataStream } from "../test/helpers/data-stream.ts";
import { eventSourceMapping } from "../test/helpers/event-source-mapping.ts";
import { type CountedStores, openCountedStores } from "./counted-stores.ts";
import { fixed, type Table } from "./report.ts";

const CONSUMER_COUNTS = [1, 10, 1000];
const BLOCK_COUNTS = [1, 10, 100, 250];
const RECORD_BYTES = 1024;
const RETENTION_MS = 86_400_000;
const WAKE_RULE = { sizeBytes: 1, intervalMs: 0 };
const FACTS = { requestId: "bench", statusCode: 200, executedVersion: "$LATEST" };

export async function wakes(): Promise<readonly Table[]> {
  const stores = await openCountedStores();
  try {
    return [await rings(stores), await wakeUps(stores)];
  } finally {
    await stores.close();
  }
}

async function rings(stores: CountedStores): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const consumerCount of CONSUMER_COUNTS) {
    const shard = await newShard(stores, `rings-${consumerCount}`);
    const readers = stores.readers as ReaderStore<unknown>;
    for (let i = 0; i < consumerCount; i++) {
      const state = { checkpoint: SHARD_START, wakeRule: WAKE_RULE };
      await readers.open(shard, consumerReaderId(`${i}`), state);
    }
    let sentCount = 0;
    const queue = { send: async () => void sentCount++ };
    const rule = { enable: () => Promise.resolve() };
    const sweep = new SweepSwitch({ notes: stores.sweepNotes, rule, clock, random });
    const ring = () => answerDoorbell({ ...stores, queue, sweep, clock }, shard, clock.now());
    await append(stores, shard, 1);
    stores.take();
    await ring();
    const first = stores.take();
    await ring();
    const idle = stores.take();
    rows.push([
      consumerCount,
      fixed(first.read, 1),
      fixed(first.write, 0),
      sentCount,
      fixed(idle.read, 1),
      fixed(idle.write, 0),
    ]);
  }
  return {
    title: "A ring of a shard, by its consumers",
    columns: [
      "consumers",
      "read units, all to be woken",
      "write units, all to be woken",
      "messages",
      "read units, all woken already",
      "write units, all woken already",
    ],
    rows,
  };
}

async function wakeUps(stores: CountedStores): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const blockCount of BLOCK_COUNTS) {
    const name = `wakes-${blockCount}`;
    const shard = await newShard(stores, name);
    const mapping = eventSourceMapping({
      uuid: `${blockCount}`,
      streamName: name,
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    });
    await stores.mappings.create(mapping);
    const readers = stores.readers as ReaderStore<unknown> as ReaderStore<Progress>;
    const readerId = consumerReaderId(mapping.uuid);
    const frontier = { ...SHARD_START, recordOffset: 0 };
    await readers.open(shard, readerId, { checkpoint: SHARD_START, frontier, wakeRule: WAKE_RULE });
    await append(stores, shard, blockCount);
    let invocationCount = 0;
    const ports = {
      ...stores,
      readers,
      clock,
      random,
      streams: shardLookup({ ...stores, clock, transitionDelayMs: 0 }),
      invoker: {
        async invoke() {
          invocationCount++;
          return { kind: "returned" as const, payload: "null", facts: FACTS };
        },
      },
      destination: { report: () => Promise.reject(new Error("nothing fails here")) },
      region: "us-east-1",
      roleArn: "arn:aws:iam::000000000000:role/consume",
      streamArn: (streamName: string) => streamName,
      report: () => {},
    };
    // What a process that serves the shard knows already.
    const known = await ports.streams.stream(name);
    await ports.streams.shard(known!, 0);
    stores.take();
    await consume(ports, {
      wakeUp: { shard, readerId, blockIndex: 0 },
      messageId: "bench",
      isRepeated: false,
      deadlineMs: clock.now() + 600_000,
      backOffMs: 1000,
    });
    const { read, write } = stores.take();
    rows.push([blockCount, invocationCount, fixed(read, 1), fixed(write, 0)]);
  }
  return {
    title:
      "A consumer's wake-up, by the blocks of one record of 1 KiB that it finds, batches of 100",
    columns: ["blocks", "invocations", "read units", "write units"],
    rows,
  };
}

async function newShard({ dataStreams }: CountedStores, name: string): Promise<ShardKey> {
  const stream = newDataStream(name, 1, clock.now());
  await dataStreams.create(stream);
  await dataStreams.addShards(stream, initialShards(1, clock.now()));
  return dataShardKey(stream, 0);
}

/** Blocks of one record each. */
async function append(stores: CountedStores, shard: ShardKey, count: number): Promise<void> {
  const appender = createAppender({ ...stores, clock, random });
  for (let i = 0; i < count; i++) {
    await appender.append({
      name: shard,
      generation: "",
      records: [{ data: random.bytes(RECORD_BYTES), partitionKey: "key" }],
      retentionMs: RETENTION_MS,
      chooseLane: () => 0,
      keyOf: () => shard,
    });
  }
}
