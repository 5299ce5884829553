import { expect, it } from "vitest";
import { SHARD_0, SHARD_1, SHARD_2 } from "../../conformance/kinesis/reading.ts";
import { freshStream, sdk, untilActive } from "../../conformance/kinesis/streams.ts";
import { eventually } from "../../helpers/eventually.ts";

const SHARD_3 = "shardId-000000000003";

it("keeps a key's records in order while its shard is split and merged under them", async () => {
  const StreamName = await freshStream();
  const over = new AbortController();
  const numbers: bigint[] = [];
  const shards = new Set<string>();
  const produce = async () => {
    do {
      const record = { StreamName, PartitionKey: "a", Data: Buffer.from("x") };
      const { SequenceNumber, ShardId } = await sdk.call("PutRecord", record);
      numbers.push(BigInt(SequenceNumber!));
      shards.add(ShardId!);
    } while (!over.signal.aborted);
  };
  const putInto = (shardId: string) =>
    eventually(`a put into ${shardId}`, () => Promise.resolve(shards.has(shardId) || undefined));
  const reshard = async () => {
    await putInto(SHARD_0);
    const NewStartingHashKey = String(2n ** 127n);
    await sdk.call("SplitShard", { StreamName, ShardToSplit: SHARD_0, NewStartingHashKey });
    await untilActive(StreamName);
    await putInto(SHARD_1);
    const pair = { ShardToMerge: SHARD_1, AdjacentShardToMerge: SHARD_2 };
    await sdk.call("MergeShards", { StreamName, ...pair });
    await putInto(SHARD_3);
  };
  await Promise.all([produce(), reshard().finally(() => over.abort())]);
  numbers.slice(1).forEach((number, i) => expect(number).toBeGreaterThan(numbers[i]!));
  expect([...shards]).toEqual([SHARD_0, SHARD_1, SHARD_3]);
});
