import { expect, it } from "vitest";
import { harness } from "./harness.ts";

const HALF_MIB = Buffer.alloc(512 * 1024).toString("base64");
const StreamName = "clicks";

async function onDemandStream(members: object = {}) {
  const made = harness();
  await made.create(StreamName, members);
  const records = (count: number) => Array.from({ length: count }, () => record);
  const record = { Data: HALF_MIB, PartitionKey: "hot" };
  return {
    ...made,
    fill: () => made.call("PutRecords", { StreamName, Records: records(4) }),
    async openShardCount() {
      const { value } = await made.call("DescribeStreamSummary", { StreamName });
      return value.StreamDescriptionSummary.OpenShardCount;
    },
  };
}

it("splits the shard that a put found full, and answers the put as throttled", async () => {
  const { fill, openShardCount, advance } = await onDemandStream();
  advance(60_000);
  const { value } = await fill();
  expect(value.FailedRecordCount).toBe(3);
  expect(value.Records.at(-1).ErrorCode).toBe("ProvisionedThroughputExceededException");
  expect(await openShardCount()).toBe(5);
  await fill();
  expect(await openShardCount()).toBe(5);
});

it("answers the put when the split fails, and leaves it to others to finish", async () => {
  const { fill, openShardCount, advance, dataStreams } = await onDemandStream();
  advance(60_000);
  const { addShards } = dataStreams;
  dataStreams.addShards = async () => {
    throw new Error("no answer");
  };
  expect((await fill()).value.FailedRecordCount).toBe(3);
  dataStreams.addShards = addShards;
  advance(2000);
  expect(await openShardCount()).toBe(5);
});

it("splits nothing of a provisioned stream", async () => {
  const { fill, openShardCount, advance } = await onDemandStream({ ShardCount: 4 });
  advance(60_000);
  expect((await fill()).value.FailedRecordCount).toBe(3);
  expect(await openShardCount()).toBe(4);
});
