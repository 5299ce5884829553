import { GetRecordsCommand, PutRecordCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { clientSending, expectRefusal, kinesisClient, newStream } from "./client.ts";
import { iteratorOf, SHARD_0 } from "./records.ts";

const get = (ShardIterator: string, Limit?: number) =>
  new GetRecordsCommand({ ShardIterator, ...(Limit !== undefined && { Limit }) });

describe("GetRecords: serialization", () => {
  it("refuses a text for a limit", async () => {
    await expectRefusal(
      clientSending('{"ShardIterator":"a","Limit":"5"}').send(get("a")),
      "SerializationException",
      "class java.lang.String can not be converted to an Integer",
    );
  });
});

describe("GetRecords: validation", () => {
  it("bounds the limit and refuses what is no iterator", async () => {
    const client = kinesisClient();
    await expectRefusal(
      client.send(get("a", 10_001)),
      "ValidationException",
      "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
    );
    await expectRefusal(
      client.send(get("garbage")),
      "InvalidArgumentException",
      "Invalid ShardIterator.",
    );
  });
});

describe("GetRecords: behaviour", () => {
  it("answers records with key, number and arrival, and an iterator that goes on", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const before = Date.now();
    const { SequenceNumber } = await client.send(
      new PutRecordCommand({ StreamName, Data: Buffer.from([0, 255]), PartitionKey: "ключ" }),
    );
    const page = await client.send(get(await iteratorOf(client, StreamName)));
    expect(page).toMatchObject({ MillisBehindLatest: 0 });
    const [record] = page.Records!;
    expect(record).toMatchObject({ SequenceNumber, PartitionKey: "ключ" });
    expect([...record!.Data!]).toEqual([0, 255]);
    const arrivedAtMs = record!.ApproximateArrivalTimestamp!.getTime();
    expect(arrivedAtMs).toBeGreaterThanOrEqual(before);
    expect(arrivedAtMs).toBeLessThanOrEqual(Date.now());
    expect(record).not.toHaveProperty("EncryptionType");
    const next = await client.send(get(page.NextShardIterator!));
    expect(next.Records).toEqual([]);
    expect(next.NextShardIterator).not.toBe(page.NextShardIterator);
  });

  it("ends a shard that was split with its children", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    await client.send(
      new SplitShardCommand({
        StreamName,
        ShardToSplit: SHARD_0,
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    const page = await client.send(get(await iteratorOf(client, StreamName)));
    expect(page.NextShardIterator).toBeUndefined();
    expect(page.ChildShards).toMatchObject([
      { ShardId: "shardId-000000000001", ParentShards: [SHARD_0] },
      { ShardId: "shardId-000000000002", ParentShards: [SHARD_0] },
    ]);
  });
});
