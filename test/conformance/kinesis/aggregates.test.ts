/** What the Kinesis Producer Library needs of the service: its aggregates kept as they are, where it says. */
import { randomBytes } from "node:crypto";
import { GetRecordsCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { deaggregate } from "../../../src/streams/deaggregate.ts";
import { aggregate } from "../../helpers/aggregate.ts";
import { kinesisClient, newStream } from "./client.ts";
import { iteratorOf } from "./records.ts";

/** The library gives every aggregate this key and says by hash key where it belongs. */
const CARRIER_KEY = "a";
const SHARD_1 = "shardId-000000000001";
/** In the second of two shards; the carrier's key by itself belongs to the first. */
const HASH_KEY = String(2n ** 127n + 5n);

describe("aggregates of the Kinesis Producer Library", () => {
  it("come back byte for byte from the shard of their explicit hash key, small and large", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 2 });
    // 50 KiB is as large as the library makes them.
    const batches = [2, 500].map((count) =>
      Array.from({ length: count }, (_, i) => ({
        data: randomBytes(90),
        partitionKey: `user-${i}`,
        ...(i % 2 === 0 && { explicitHashKey: HASH_KEY }),
      })),
    );
    const carriers = batches.map(aggregate);

    const answer = await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: carriers.map((Data) => ({
          Data,
          PartitionKey: CARRIER_KEY,
          ExplicitHashKey: HASH_KEY,
        })),
      }),
    );
    expect(answer.Records?.map(({ ShardId }) => ShardId)).toEqual([SHARD_1, SHARD_1]);

    const ShardIterator = await iteratorOf(client, StreamName, "TRIM_HORIZON", SHARD_1);
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual([CARRIER_KEY, CARRIER_KEY]);
    expect(Records.map(({ Data }) => Buffer.from(Data!).toString("hex"))).toEqual(
      carriers.map((data) => data.toString("hex")),
    );
    const taken = Records.map(({ Data, PartitionKey }) =>
      deaggregate({ data: Data!, partitionKey: PartitionKey! }).map((each) => ({
        ...each,
        data: Buffer.from(each.data),
      })),
    );
    expect(taken).toEqual(
      batches.map((batch) =>
        batch.map((each, subSequenceNumber) => ({ ...each, subSequenceNumber })),
      ),
    );
  });
});
