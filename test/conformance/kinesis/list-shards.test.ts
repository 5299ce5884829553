import { ListShardsCommand, type ListShardsOutput } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import {
  arnOf,
  clientSending,
  expectRefusal,
  kinesisClient,
  newStream,
  violations,
} from "./client.ts";

describe("serialization", () => {
  it("takes no text for a structure", async () => {
    const client = clientSending('{"StreamName":"clicks","ShardFilter":[]}');
    await expectRefusal(
      client.send(new ListShardsCommand({ StreamName: "clicks" })),
      "SerializationException",
      /^Start of list found where not expected/,
    );
  });
});

describe("validation", () => {
  it("bounds the page", async () => {
    await expectRefusal(
      kinesisClient().send(new ListShardsCommand({ StreamName: "clicks", MaxResults: 10_001 })),
      "ValidationException",
      violations(
        "Value '10001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 10000",
      ),
    );
  });
});

describe("behaviour", () => {
  it("lists shards in the order of their ids, by name and ARN together, as KCL asks", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 2 });
    const { Shards, NextToken } = await client.send(
      new ListShardsCommand({
        StreamName,
        StreamARN: arnOf(StreamName),
        ShardFilter: { Type: "AT_TRIM_HORIZON" },
      }),
    );
    expect(NextToken).toBeUndefined();
    expect(Shards?.map(({ ShardId }) => ShardId)).toEqual([
      "shardId-000000000000",
      "shardId-000000000001",
    ]);
  });

  it("pages through a token alone", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 3 });
    const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
    const ids = first.Shards?.map(({ ShardId }) => ShardId) ?? [];
    let { NextToken } = first;
    while (NextToken !== undefined) {
      const page: ListShardsOutput = await client.send(
        new ListShardsCommand({ NextToken, MaxResults: 1 }),
      );
      ids.push(...(page.Shards ?? []).map(({ ShardId }) => ShardId));
      NextToken = page.NextToken;
    }
    expect(ids).toEqual([0, 1, 2].map((index) => `shardId-00000000000${index}`));
  });

  it("wants a stream or a token", async () => {
    await expectRefusal(
      kinesisClient().send(new ListShardsCommand({})),
      "InvalidArgumentException",
      "Either NextToken or StreamName should be provided.",
    );
  });
});
