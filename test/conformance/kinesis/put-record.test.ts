import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, clientSending, expectRefusal, kinesisClient, newStream } from "./client.ts";
import { iteratorOf, textsFrom } from "./records.ts";

const Data = Buffer.from("x");
const put = (StreamName: string, PartitionKey = "a", members: object = {}) =>
  new PutRecordCommand({ StreamName, Data, PartitionKey, ...members });

describe("PutRecord: serialization", () => {
  it("refuses data that is not base64, and a key that is no text", async () => {
    await expectRefusal(
      clientSending('{"StreamName":"a","PartitionKey":"a","Data":"not base64!"}').send(put("a")),
      "SerializationException",
      /can not be converted to a Blob/,
    );
    await expectRefusal(
      clientSending('{"StreamName":"a","PartitionKey":5,"Data":"YQ=="}').send(put("a")),
      "SerializationException",
      "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
    );
  });
});

describe("PutRecord: validation", () => {
  it("shows what is wrong with every member", async () => {
    await expectRefusal(
      kinesisClient().send(put("", "", { ExplicitHashKey: "01" })),
      "ValidationException",
      /^4 validation errors detected: .*'streamName'.*'partitionKey'.*'explicitHashKey'.*\[1-9\]/,
    );
  });

  it("refuses a hash key beyond 2^128 - 1 and a number that never was", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const ExplicitHashKey = String(2n ** 128n);
    await expectRefusal(
      client.send(put(StreamName, "a", { ExplicitHashKey })),
      "InvalidArgumentException",
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
    );
    await expectRefusal(
      client.send(put(StreamName, "a", { SequenceNumberForOrdering: "5" })),
      "InvalidArgumentException",
      `ExclusiveMinimumSequenceNumber 5 used in PutRecord on stream ${StreamName} under account ${ACCOUNT_ID} is invalid.`,
    );
  });

  it("does not find a stream that is not there", async () => {
    await expectRefusal(
      kinesisClient().send(put("no-such-stream")),
      "ResourceNotFoundException",
      `Stream no-such-stream under account ${ACCOUNT_ID} not found.`,
    );
  });
});

describe("PutRecord: behaviour", () => {
  it("stores records in order and answers growing numbers", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const numbers: bigint[] = [];
    for (const text of ["one", "two", "three"]) {
      const answer = await client.send(put(StreamName, "a", { Data: Buffer.from(text) }));
      expect(answer).toMatchObject({ ShardId: "shardId-000000000000" });
      numbers.push(BigInt(answer.SequenceNumber!));
    }
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
    const iterator = await iteratorOf(client, StreamName);
    expect(await textsFrom(client, iterator)).toEqual(["one", "two", "three"]);
  });

  it("places by MD5 of the key, or by the explicit hash key", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 3 });
    const shardOf = async (key: string, ExplicitHashKey?: string) =>
      (await client.send(put(StreamName, key, { ExplicitHashKey }))).ShardId;
    expect(await shardOf("a")).toBe("shardId-000000000000");
    expect(await shardOf("partitionKey-1")).toBe("shardId-000000000001");
    expect(await shardOf("a", String(2n ** 128n - 1n))).toBe("shardId-000000000002");
  });
});
