/** The small operations that change a stream, once each through the wire. */
import {
  AddTagsToStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteResourcePolicyCommand,
  DescribeLimitsCommand,
  DescribeStreamSummaryCommand,
  EnableEnhancedMonitoringCommand,
  GetResourcePolicyCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  PutResourcePolicyCommand,
  StartStreamEncryptionCommand,
  UpdateMaxRecordSizeCommand,
  UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import {
  arnOf,
  expectRefusal,
  kinesisClient,
  newStream,
  untilActive,
  violations,
} from "./client.ts";

describe("validation", () => {
  it("bounds a tag's key and value", async () => {
    const Tags = { ["k".repeat(129)]: "v".repeat(257) };
    await expectRefusal(
      kinesisClient().send(new AddTagsToStreamCommand({ StreamName: "clicks", Tags })),
      "ValidationException",
      violations(
        "Value at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
        "Value at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]",
      ),
    );
  });
});

describe("behaviour", () => {
  it("changes everything about a stream that can be changed", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 1, Tags: { team: "späße" } });
    const StreamARN = arnOf(StreamName);
    await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: "1" } }));
    expect((await client.send(new ListTagsForStreamCommand({ StreamARN }))).Tags).toEqual([
      { Key: "a", Value: "1" },
      { Key: "team", Value: "späße" },
    ]);
    await client.send(
      new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }),
    );
    await client.send(
      new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 36 }),
    );
    const monitoring = await client.send(
      new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ["IncomingBytes"] }),
    );
    expect(monitoring).toMatchObject({
      CurrentShardLevelMetrics: [],
      DesiredShardLevelMetrics: ["IncomingBytes"],
    });
    await client.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: 4096 }));
    await untilActive(client, StreamName);
    await client.send(
      new StartStreamEncryptionCommand({ StreamName, EncryptionType: "KMS", KeyId: "alias/k" }),
    );
    await untilActive(client, StreamName);
    await client.send(
      new UpdateStreamModeCommand({
        StreamARN,
        StreamModeDetails: { StreamMode: "ON_DEMAND" },
      }),
    );
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(answer.StreamDescriptionSummary).toMatchObject({
      StreamStatus: "UPDATING",
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      RetentionPeriodHours: 36,
      EnhancedMonitoring: [{ ShardLevelMetrics: ["IncomingBytes"] }],
      EncryptionType: "KMS",
      KeyId: "alias/k",
      MaxRecordSizeInKiB: 4096,
      OpenShardCount: 1,
    });
  });

  it("keeps a policy until it is deleted", async () => {
    const client = kinesisClient();
    const ResourceARN = arnOf(await newStream(client));
    const Policy = '{"Version":"2012-10-17","Statement":[]}';
    await client.send(new PutResourcePolicyCommand({ ResourceARN, Policy }));
    expect(await client.send(new GetResourcePolicyCommand({ ResourceARN }))).toMatchObject({
      Policy,
    });
    await client.send(new DeleteResourcePolicyCommand({ ResourceARN }));
    await expectRefusal(
      client.send(new DeleteResourcePolicyCommand({ ResourceARN })),
      "ResourceNotFoundException",
      /No resource policy found/,
    );
  });

  it("lists streams and counts shards", async () => {
    const client = kinesisClient();
    const name = await newStream(client, { ShardCount: 1 });
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListStreamsCommand({ NextToken, Limit: 2 }));
      names.push(...(page.StreamNames ?? []));
      expect(page.StreamSummaries?.map(({ StreamName }) => StreamName)).toEqual(page.StreamNames);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(names).toContain(name);
    expect(names).toEqual(names.toSorted());
    const limits = await client.send(new DescribeLimitsCommand({}));
    expect(limits.OpenShardCount).toBeGreaterThanOrEqual(1);
  });
});
