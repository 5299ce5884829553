import {
  DescribeStreamSummaryCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import {
  ACCOUNT_ID,
  arnOf,
  clientSending,
  expectRefusal,
  kinesisClient,
  newStream,
  shardsOf,
  uniqueName,
  untilActive,
  violations,
} from "./client.ts";

const MIDDLE = String(2n ** 127n);

describe("SplitShard, MergeShards and UpdateShardCount: serialization", () => {
  it("refuse members of the wrong type", async () => {
    const input = { StreamName: "s", ShardToSplit: "0", NewStartingHashKey: "1" };
    await expectRefusal(
      clientSending('{"StreamName":"s","ShardToSplit":[]}').send(new SplitShardCommand(input)),
      "SerializationException",
      /./,
    );
    await expectRefusal(
      clientSending('{"StreamName":"s","TargetShardCount":true}').send(
        new UpdateShardCountCommand({
          StreamName: "s",
          TargetShardCount: 1,
          ScalingType: "UNIFORM_SCALING",
        }),
      ),
      "SerializationException",
      /./,
    );
  });
});

describe("SplitShard, MergeShards and UpdateShardCount: validation", () => {
  it("name every violation at once", async () => {
    const input = { StreamName: "s", TargetShardCount: 0, ScalingType: "LINEAR" as never };
    await expectRefusal(
      kinesisClient().send(new UpdateShardCountCommand(input)),
      "ValidationException",
      violations(
        "Value '0' at 'targetShardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
        "Value 'LINEAR' at 'scalingType' failed to satisfy constraint: Member must satisfy enum value set: [UNIFORM_SCALING]",
      ),
    );
    const split = { StreamName: "s", ShardToSplit: "0", NewStartingHashKey: "-1" };
    await expectRefusal(
      kinesisClient().send(new SplitShardCommand(split)),
      "ValidationException",
      violations(
        "Value '-1' at 'newStartingHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
      ),
    );
  });
});

describe("SplitShard, MergeShards and UpdateShardCount: behaviour", () => {
  it("refuse streams that are not there", async () => {
    const StreamName = uniqueName();
    await expectRefusal(
      kinesisClient().send(
        new MergeShardsCommand({ StreamName, ShardToMerge: "0", AdjacentShardToMerge: "1" }),
      ),
      "ResourceNotFoundException",
      `Stream ${StreamName} under account ${ACCOUNT_ID} not found.`,
    );
  });

  it("split and merge while records are put, each key in its order", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    const over = new AbortController();
    const numbers: bigint[] = [];
    const shards = new Set<string>();
    const produce = async () => {
      do {
        const { SequenceNumber, ShardId } = await client.send(
          new PutRecordCommand({ StreamName, PartitionKey: "a", Data: Buffer.from("x") }),
        );
        numbers.push(BigInt(SequenceNumber!));
        shards.add(ShardId!);
      } while (!over.signal.aborted);
    };
    const putInto = (shardId: string) =>
      eventually(`a put into ${shardId}`, () => Promise.resolve(shards.has(shardId) || undefined));
    const reshard = async () => {
      await putInto("shardId-000000000000");
      await client.send(
        new SplitShardCommand({ StreamName, ShardToSplit: "0", NewStartingHashKey: MIDDLE }),
      );
      await expectRefusal(
        client.send(
          new SplitShardCommand({ StreamName, ShardToSplit: "1", NewStartingHashKey: "9" }),
        ),
        "ResourceInUseException",
        `Stream ${StreamName} under account ${ACCOUNT_ID} not ACTIVE, instead in state UPDATING`,
      );
      await untilActive(client, StreamName);
      await putInto("shardId-000000000001");
      await client.send(
        new MergeShardsCommand({
          StreamARN: arnOf(StreamName),
          ShardToMerge: "shardId-000000000001",
          AdjacentShardToMerge: "shardId-000000000002",
        }),
      );
      await untilActive(client, StreamName);
      await putInto("shardId-000000000003");
      over.abort();
    };
    await Promise.all([produce(), reshard()]);
    numbers.slice(1).forEach((number, i) => expect(number > numbers[i]!).toBe(true));
    expect([...shards]).toEqual([
      "shardId-000000000000",
      "shardId-000000000001",
      "shardId-000000000003",
    ]);
    const [root, lower, , merged] = await shardsOf(client, StreamName);
    expect(root?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{56}$/);
    expect(lower).toMatchObject({ ParentShardId: "shardId-000000000000" });
    expect(merged).toMatchObject({
      ParentShardId: "shardId-000000000001",
      AdjacentParentShardId: "shardId-000000000002",
    });
    expect(merged?.SequenceNumberRange).not.toHaveProperty("EndingSequenceNumber");
  });

  it("scale to a count, and say what it was", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 3 });
    const scale = (TargetShardCount: number) =>
      client.send(
        new UpdateShardCountCommand({
          StreamName,
          TargetShardCount,
          ScalingType: "UNIFORM_SCALING",
        }),
      );
    expect(await scale(5)).toMatchObject({
      StreamName,
      StreamARN: arnOf(StreamName),
      CurrentShardCount: 3,
      TargetShardCount: 5,
    });
    await untilActive(client, StreamName);
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(summary.StreamDescriptionSummary?.OpenShardCount).toBe(5);
    await expectRefusal(
      scale(11),
      "LimitExceededException",
      "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 5, Target shard count: 11",
    );
  });

  it("refuse streams that are on demand", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, {});
    await expectRefusal(
      client.send(
        new MergeShardsCommand({ StreamName, ShardToMerge: "0", AdjacentShardToMerge: "1" }),
      ),
      "ValidationException",
      `Request is invalid. Stream ${StreamName} under account ${ACCOUNT_ID} is in On-Demand mode.`,
    );
  });
});
