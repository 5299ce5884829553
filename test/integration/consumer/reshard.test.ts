/** A stream that is split and merged under its producers and its consumer. */
import { MergeShardsCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { expect, it } from "vitest";
import {
  kinesisClient,
  newStream,
  shardsOf,
  untilActive,
} from "../../conformance/kinesis/client.ts";
import { eventually } from "../../helpers/eventually.ts";
import { keyedProducer, untilAllHandled } from "./keyed-producer.ts";
import { feed } from "./mappings.ts";

it("feeds every key in order through a split and a merge, each record once", async () => {
  const client = kinesisClient();
  const StreamName = await newStream(client);
  const { journal } = await feed(StreamName, { BatchSize: 20, ParallelizationFactor: 2 });
  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
  const producer = keyedProducer(client, StreamName, keys, () => ({ takesMs: 20 }));
  const over = new AbortController();
  const sawShard = (count: number) =>
    eventually(`the function has seen ${count} shards`, () => {
      const records = journal.invocations().flatMap(({ event }) => event.Records);
      const shards = new Set(records.map(({ eventID }) => eventID.split(":")[0]));
      return Promise.resolve(shards.size >= count || undefined);
    });
  const reshard = async () => {
    await sawShard(1);
    const [ShardToSplit] = (await shardsOf(client, StreamName)).map(({ ShardId }) => ShardId);
    const NewStartingHashKey = String(2n ** 127n);
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
    await untilActive(client, StreamName);
    await sawShard(3);
    const [, ShardToMerge, AdjacentShardToMerge] = (await shardsOf(client, StreamName)).map(
      ({ ShardId }) => ShardId,
    );
    await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
    await untilActive(client, StreamName);
    await sawShard(4);
  };
  await Promise.all([producer.produceUntil(over.signal), reshard().finally(() => over.abort())]);
  const order = await untilAllHandled(journal, producer);
  expect(order).toEqual({ problems: [], handled: producer.numbers, repeatedCount: 0 });
});
