import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { clientSending, expectRefusal, kinesisClient, newStream } from "./client.ts";
import { iteratorOf, textsFrom } from "./records.ts";

const entry = (text: string, PartitionKey = "a", members: object = {}) => ({
  Data: Buffer.from(text),
  PartitionKey,
  ...members,
});
const puts = (StreamName: string, ...Records: ReturnType<typeof entry>[]) =>
  new PutRecordsCommand({ StreamName, Records });

describe("PutRecords: serialization", () => {
  it("refuses records that are no list", async () => {
    await expectRefusal(
      clientSending('{"StreamName":"a","Records":"x"}').send(puts("a", entry("x"))),
      "SerializationException",
      "Expected list or null",
    );
  });
});

describe("PutRecords: validation", () => {
  it("takes 1 to 500 records", async () => {
    const client = kinesisClient();
    const records = Array.from({ length: 501 }, () => entry("x"));
    await expectRefusal(
      client.send(puts("a", ...records)),
      "ValidationException",
      /'records' failed.*less than or equal to 500/,
    );
    await expectRefusal(
      client.send(puts("a")),
      "ValidationException",
      /'records' failed.*greater than or equal to 1/,
    );
  });

  it("fails as a whole for one hash key beyond 2^128 - 1", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    await expectRefusal(
      client.send(
        puts(StreamName, entry("x"), entry("y", "a", { ExplicitHashKey: String(2n ** 128n) })),
      ),
      "InvalidArgumentException",
      /^Invalid ExplicitHashKey\./,
    );
    expect(await textsFrom(client, await iteratorOf(client, StreamName))).toEqual([]);
  });
});

describe("PutRecords: behaviour", () => {
  it("answers entry by entry in the order of the request, and keeps the order per shard", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 2 });
    const { FailedRecordCount, Records = [] } = await client.send(
      puts(StreamName, entry("1", "a"), entry("2", "b"), entry("3", "a"), entry("4", "b")),
    );
    expect(FailedRecordCount).toBe(0);
    const [lower, upper] = ["shardId-000000000000", "shardId-000000000001"];
    expect(Records.map(({ ShardId }) => ShardId)).toEqual([lower, upper, lower, upper]);
    const textsIn = async (shard: string | undefined) =>
      textsFrom(client, await iteratorOf(client, StreamName, "TRIM_HORIZON", shard));
    expect(await textsIn(lower)).toEqual(["1", "3"]);
    expect(await textsIn(upper)).toEqual(["2", "4"]);
  });

  it("throttles what a shard does not take, and tells it in a successful answer", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const large = entry("x".repeat(600 * 1024));
    const { FailedRecordCount, Records = [] } = await client.send(puts(StreamName, large, large));
    expect(FailedRecordCount).toBe(1);
    expect(Records[0]).toMatchObject({ ShardId: "shardId-000000000000" });
    expect(Records[1]).toMatchObject({
      ErrorCode: "ProvisionedThroughputExceededException",
      ErrorMessage: `Rate exceeded for shard shardId-000000000000 in stream ${StreamName} under account 000000000000.`,
    });
  });
});
