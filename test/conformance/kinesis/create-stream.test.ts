import {
  CreateStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  arnOf,
  clientSending,
  deleteWhenFinished,
  expectRefusal,
  kinesisClient,
  newStream,
  uniqueName,
  untilActive,
  violations,
} from "./client.ts";

describe("serialization", () => {
  it("names the type that was sent and the one that was expected", async () => {
    const client = clientSending('{"StreamName":"clicks","ShardCount":"two"}');
    await expectRefusal(
      client.send(new CreateStreamCommand({ StreamName: "clicks" })),
      "SerializationException",
      "class java.lang.String can not be converted to an Integer",
    );
  });
});

describe("validation", () => {
  it("shows every value that breaks a bound", async () => {
    await expectRefusal(
      kinesisClient().send(new CreateStreamCommand({ StreamName: "a/b", ShardCount: 0 })),
      "ValidationException",
      violations(
        "Value 'a/b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
  });

  it("wants a name", async () => {
    await expectRefusal(
      clientSending("{}").send(new CreateStreamCommand({ StreamName: "any" })),
      "ValidationException",
      violations(
        "Value null at 'streamName' failed to satisfy constraint: Member must not be null",
      ),
    );
  });
});

describe("behaviour", () => {
  it("makes a stream that is CREATING, then ACTIVE with its shards", async () => {
    const client = kinesisClient();
    const StreamName = uniqueName("three");
    deleteWhenFinished(client, StreamName);
    const before = Date.now();
    const created = await client.send(new CreateStreamCommand({ StreamName, ShardCount: 3 }));
    expect(created.$metadata.httpStatusCode).toBe(200);
    await untilActive(client, StreamName);
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    expect(StreamDescription).toMatchObject({
      StreamName,
      StreamARN: arnOf(StreamName),
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: "NONE",
      HasMoreShards: false,
    });
    expect(StreamDescription).not.toHaveProperty("StreamId");
    const createdAtMs = StreamDescription!.StreamCreationTimestamp!.getTime();
    expect(createdAtMs).toBeGreaterThanOrEqual(before);
    expect(createdAtMs).toBeLessThanOrEqual(Date.now());
    const ranges = StreamDescription!.Shards!.map(({ HashKeyRange }) => HashKeyRange);
    expect(ranges).toEqual([
      { StartingHashKey: "0", EndingHashKey: "113427455640312821154458202477256070484" },
      {
        StartingHashKey: "113427455640312821154458202477256070485",
        EndingHashKey: "226854911280625642308916404954512140969",
      },
      {
        StartingHashKey: "226854911280625642308916404954512140970",
        EndingHashKey: "340282366920938463463374607431768211455",
      },
    ]);
  });

  it("makes an on-demand stream of four shards by default", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, {});
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(answer.StreamDescriptionSummary).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 4,
      ConsumerCount: 0,
      MaxRecordSizeInKiB: 1024,
    });
  });

  it("takes a name once", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client);
    await expectRefusal(
      client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 })),
      "ResourceInUseException",
      `Stream ${StreamName} under account ${ACCOUNT_ID} already exists.`,
    );
  });
});
