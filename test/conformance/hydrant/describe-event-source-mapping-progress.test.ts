import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { kinesisClient, newStream } from "../kinesis/client.ts";
import { call, enabledMapping } from "./client.ts";
import { testUuid } from "./uuid.ts";

testUuid("DescribeEventSourceMappingProgress");

describe("DescribeEventSourceMappingProgress: behaviour", () => {
  it("counts what a function that is not there keeps waiting, and says why", async () => {
    const client = kinesisClient();
    const StreamName = await newStream(client, { ShardCount: 1 });
    const UUID = await enabledMapping(StreamName);
    const records = ["1", "2"].map((data) => ({ PartitionKey: "k", Data: Buffer.from(data) }));
    await client.send(new PutRecordsCommand({ StreamName, Records: records }));
    const shard = await eventually("the function was tried", async () => {
      const { value } = await call("DescribeEventSourceMappingProgress", { UUID });
      const [first] = value.Shards as readonly Readonly<Record<string, unknown>>[];
      return first?.["LastError"] === undefined ? undefined : first;
    });
    expect(shard).toMatchObject({
      ShardId: "shardId-000000000000",
      State: "reading",
      RecordsBehind: 2,
      NextRetry: expect.any(Number) as number,
      LastError: expect.any(String) as string,
    });
    expect(shard["IteratorAgeMilliseconds"]).toBeGreaterThan(0);
  });
});
