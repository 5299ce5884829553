/** A mapping at work on many shards at once. */
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { expect, it } from "vitest";
import { kinesisClient, newStream } from "../../conformance/kinesis/client.ts";
import { keyedProducer, untilAllHandled } from "./keyed-producer.ts";
import { feed, telling, untilInvoked } from "./mappings.ts";

it("feeds its function every record once, each key's in their order, shard by shard", async () => {
  const client = kinesisClient();
  const name = await newStream(client, { ShardCount: 4 });
  const { journal } = await feed(name, { BatchSize: 10 });
  const keys = Array.from({ length: 16 }, (_, i) => `key-${i}`);
  const producer = keyedProducer(client, name, keys);
  for (let call = 0; call < 4; call++) await producer.produce(5);
  const order = await untilAllHandled(journal, producer);
  expect(order).toEqual({ problems: [], handled: producer.numbers, repeatedCount: 0 });
  for (const { event } of journal.invocations()) {
    expect(event.Records.length).toBeLessThanOrEqual(10);
    expect(new Set(event.Records.map(({ eventID }) => eventID.split(":")[0]))).toHaveLength(1);
  }
});

it("runs its function for 32 shards at once", async () => {
  const client = kinesisClient();
  const SHARD_COUNT = 32;
  const StreamName = await newStream(client, { ShardCount: SHARD_COUNT });
  const { journal } = await feed(StreamName);
  const shardRange = 2n ** 128n / BigInt(SHARD_COUNT);
  // They wait for each other.
  const Data = Buffer.from(telling(1, { does: "meet", times: SHARD_COUNT }));
  const Records = Array.from({ length: SHARD_COUNT }, (_, i) => ({
    PartitionKey: "k",
    ExplicitHashKey: String(shardRange * BigInt(i)),
    Data,
  }));
  await client.send(new PutRecordsCommand({ StreamName, Records }));
  const invocations = await untilInvoked(journal, SHARD_COUNT);
  const shards = invocations.flatMap(({ event }) =>
    event.Records.map(({ eventID }) => eventID.split(":")[0]),
  );
  expect(new Set(shards).size).toBe(SHARD_COUNT);
});
