import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  type KinesisClient,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { kinesisClient, newStream, shardsOf } from "../../conformance/kinesis/client.ts";
import { iteratorOf } from "../../conformance/kinesis/records.ts";

const KEY_COUNT = 24;
const PER_KEY_COUNT = 40;

interface Seen {
  readonly key: string;
  readonly text: string;
  readonly sequenceNumber: bigint;
}

/** Reads a shard page by page until `isDone`; the whole test's timeout bounds it. */
async function readUntil(
  client: KinesisClient,
  StreamName: string,
  shardId: string,
  seen: Seen[],
  isDone: () => boolean,
): Promise<void> {
  let iterator: string | undefined = await iteratorOf(client, StreamName, "TRIM_HORIZON", shardId);
  while (iterator !== undefined && !isDone()) {
    const page: GetRecordsCommandOutput = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: 100 }),
    );
    for (const { Data, PartitionKey, SequenceNumber } of page.Records ?? []) {
      const text = Buffer.from(Data!).toString();
      seen.push({ key: PartitionKey!, text, sequenceNumber: BigInt(SequenceNumber!) });
    }
    iterator = page.NextShardIterator;
  }
}

/** One key's records one call after the other, many keys at once; what is throttled is sent again. */
async function produce(client: KinesisClient, StreamName: string, key: string): Promise<void> {
  for (let i = 0; i < PER_KEY_COUNT; i += 4) {
    let left: PutRecordsRequestEntry[] = [0, 1, 2, 3].map((j) => ({
      PartitionKey: key,
      Data: Buffer.from(`${key}/${String(i + j).padStart(4, "0")}`),
    }));
    while (left.length > 0) {
      const { Records = [] } = await client.send(
        new PutRecordsCommand({ StreamName, Records: left }),
      );
      left = left.filter((_, j) => Records[j]?.SequenceNumber === undefined);
    }
  }
}

describe("a stream of three shards", () => {
  it("gives every record back once, in order per key, to consumers that run beside its producers", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 3 });
    const keys = Array.from({ length: KEY_COUNT }, (_, i) => `key-${i}`);
    const shards = (await shardsOf(client, StreamName)).map(({ ShardId }) => ShardId!);
    const perShard = shards.map((): Seen[] => []);
    const count = () => perShard.reduce((sum, seen) => sum + seen.length, 0);
    const isDone = () => count() >= KEY_COUNT * PER_KEY_COUNT;

    await Promise.all([
      ...keys.map((key) => produce(client, StreamName, key)),
      ...shards.map((shard, i) => readUntil(client, StreamName, shard, perShard[i]!, isDone)),
    ]);

    expect(count()).toBe(KEY_COUNT * PER_KEY_COUNT);
    for (const seen of perShard) {
      expect(seen.length).toBeGreaterThan(0);
      const numbers = seen.map(({ sequenceNumber }) => sequenceNumber);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => (a < b ? -1 : 1)));
    }
    for (const key of keys) {
      // A key has one shard.
      const homes = perShard.filter((seen) => seen.some((record) => record.key === key));
      expect(homes).toHaveLength(1);
      const texts = homes[0]!.filter((record) => record.key === key).map(({ text }) => text);
      expect(texts).toEqual(
        Array.from({ length: PER_KEY_COUNT }, (_, i) => `${key}/${String(i).padStart(4, "0")}`),
      );
    }
  });
});
