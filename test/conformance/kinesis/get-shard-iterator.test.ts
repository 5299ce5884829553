import { GetShardIteratorCommand, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, clientSending, expectRefusal, kinesisClient, newStream } from "./client.ts";
import { iteratorOf, SHARD_0, textsFrom } from "./records.ts";

const get = (StreamName: string, members: object = {}) =>
  new GetShardIteratorCommand({
    StreamName,
    ShardId: SHARD_0,
    ShardIteratorType: "LATEST",
    ...members,
  });

describe("GetShardIterator: serialization", () => {
  it("refuses a text for a timestamp", async () => {
    await expectRefusal(
      clientSending('{"StreamName":"a","Timestamp":"now"}').send(get("a")),
      "SerializationException",
      "class java.lang.String can not be converted to milliseconds since epoch",
    );
  });
});

describe("GetShardIterator: validation", () => {
  it("lists the types in AWS's order", async () => {
    await expectRefusal(
      kinesisClient().send(get("a", { ShardIteratorType: "latest" })),
      "ValidationException",
      "1 validation error detected: Value 'latest' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
    );
  });

  it("says of the shard that it is missing when the stream is", async () => {
    await expectRefusal(
      kinesisClient().send(get("no-such-stream")),
      "ResourceNotFoundException",
      `Shard ${SHARD_0} in stream no-such-stream under account ${ACCOUNT_ID} does not exist`,
    );
  });
});

describe("GetShardIterator: behaviour", () => {
  it("leads to every kind of place", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const put = async (text: string) =>
      (
        await client.send(
          new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey: "a" }),
        )
      ).SequenceNumber;
    const first = await put("a");
    const latest = await iteratorOf(client, StreamName, "LATEST");
    await put("b");
    const from = async (members: object) =>
      textsFrom(client, (await client.send(get(StreamName, members))).ShardIterator!);
    const StartingSequenceNumber = first;
    expect(await textsFrom(client, latest)).toEqual(["b"]);
    expect(await from({ ShardIteratorType: "TRIM_HORIZON" })).toEqual(["a", "b"]);
    expect(await from({ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber })).toEqual(
      ["a", "b"],
    );
    expect(
      await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber }),
    ).toEqual(["b"]);
    expect(await from({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(0) })).toEqual([
      "a",
      "b",
    ]);
  });
});
