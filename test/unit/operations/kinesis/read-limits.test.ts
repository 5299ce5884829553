/** GetRecords where the readers of a shard are limited as on AWS. */
import { expect, it } from "vitest";
import { memoryReadWindows } from "../../../../src/storage/memory/read-windows.ts";
import { ACCOUNT_ID, harness } from "./harness.ts";

const SHARD = "shardId-000000000000";
const TOO_FAST = {
  error: {
    name: "ProvisionedThroughputExceededException",
    message: `Rate exceeded for Shard - ${ACCOUNT_ID}/s/${SHARD}`,
  },
};

async function setUp(limits: "off" | "aws") {
  const world = harness(limits === "aws" ? { readWindows: memoryReadWindows() } : {});
  const { call, create } = world;
  await create("s");
  const { value } = await call("GetShardIterator", {
    StreamName: "s",
    ShardId: SHARD,
    ShardIteratorType: "TRIM_HORIZON",
  });
  const get = () => call("GetRecords", { ShardIterator: value.ShardIterator as string });
  return { ...world, get };
}

it("refuses the sixth call of a second, in AWS's words", async () => {
  const { get, advance } = await setUp("aws");
  for (let i = 0; i < 5; i++) expect(await get()).toHaveProperty("value");
  expect(await get()).toEqual(TOO_FAST);
  advance(1000);
  expect(await get()).toHaveProperty("value");
});

it("refuses calls until a large page is paid off", async () => {
  const { call, get, advance } = await setUp("aws");
  const Data = Buffer.alloc(1_000_000).toString("base64");
  for (let i = 0; i < 4; i++) {
    await call("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
    advance(1000);
  }
  expect((await get()).value.Records).toHaveLength(4);
  advance(500);
  expect(await get()).toEqual(TOO_FAST);
  advance(1500);
  expect((await get()).value.Records).toHaveLength(4);
});

it("counts no call that is refused for something else", async () => {
  const { call, get } = await setUp("aws");
  for (let i = 0; i < 10; i++) {
    const { error } = await call("GetRecords", { ShardIterator: "garbage" });
    expect(error?.name).toBe("InvalidArgumentException");
  }
  expect(await get()).toHaveProperty("value");
});

it("limits nobody unless asked to", async () => {
  const { get } = await setUp("off");
  for (let i = 0; i < 50; i++) expect(await get()).toHaveProperty("value");
});
