/** What callers see of shards that were forgotten: what they see on AWS of shards whose records have expired. */
import { expect, it } from "vitest";
import { HOURS_TO_MS, SHARD_FORGOTTEN_AFTER_MS } from "../../../../src/limits.ts";
import { pruneShards } from "../../../../src/readers/prune.ts";
import { memoryReaders } from "../../../../src/storage/memory/readers.ts";
import type { DataStream } from "../../../../src/streams/stream.ts";
import { finishStreams } from "../../../../src/streams/unfinished.ts";
import { ACCOUNT_ID, harness, TRANSITION_MS } from "./harness.ts";

const CLICKS = { StreamName: "clicks" };
const MIDDLE = String(2n ** 127n);

async function setUp() {
  const world = harness();
  const { call, context, create, advance } = world;
  await create("clicks");
  const ports = {
    ...context,
    prune: (stream: DataStream, deadlineMs: number) =>
      pruneShards({ ...context, readers: memoryReaders() }, stream, deadlineMs),
    reportFailure: (_: unknown, error: unknown) => {
      throw error;
    },
  };
  const split = async (ShardToSplit: string, NewStartingHashKey = MIDDLE) => {
    const { error } = await call("SplitShard", { ...CLICKS, ShardToSplit, NewStartingHashKey });
    expect(error).toBeUndefined();
    advance(TRANSITION_MS);
  };
  await split("shardId-000000000000");
  return {
    ...world,
    split,
    sweep: () => finishStreams(ports, Infinity),
    shardsLeft: async () => (await world.dataStreams.shards(await current())).length,
    current,
  };

  async function current(): Promise<DataStream> {
    return (await world.dataStreams.get("clicks"))!;
  }
}

it("answers for a forgotten shard as for one that has expired, and names it as its children's parent", async () => {
  const { call, advance, sweep, shardsLeft } = await setUp();
  advance(24 * HOURS_TO_MS + SHARD_FORGOTTEN_AFTER_MS);
  const seen = async () => [
    await call("ListShards", CLICKS),
    await call("DescribeStream", CLICKS),
    await call("GetShardIterator", {
      ...CLICKS,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  ];
  const before = await seen();
  expect(before[0]?.value.Shards).toMatchObject([
    { ShardId: "shardId-000000000001", ParentShardId: "shardId-000000000000" },
    { ShardId: "shardId-000000000002", ParentShardId: "shardId-000000000000" },
  ]);
  expect(before[2]?.error).toEqual({
    name: "ResourceNotFoundException",
    message: `Shard shardId-000000000000 in stream clicks under account ${ACCOUNT_ID} does not exist`,
  });
  expect(await sweep()).toBe(true);
  expect(await shardsLeft()).toBe(2);
  expect(await seen()).toEqual(before);
});

it("lets a reshard call the sweep for what is due, and no earlier one", async () => {
  const { advance, split, isSweepOn, turnSweepOff, sweep, shardsLeft } = await setUp();
  turnSweepOff();
  advance(24 * HOURS_TO_MS);
  await split("shardId-000000000001", String(2n ** 126n));
  expect(isSweepOn()).toBe(false);
  advance(SHARD_FORGOTTEN_AFTER_MS);
  await split("shardId-000000000002", String(3n * 2n ** 126n));
  expect(isSweepOn()).toBe(true);
  expect(await sweep()).toBe(true);
  expect(await shardsLeft()).toBe(6);
  turnSweepOff();
  // Nothing is due for a day: an idle stream keeps no sweep on.
  expect(await sweep()).toBe(true);
});

it("forgets what a lowered retention has made too old, and brings nothing back with a raised one", async () => {
  const { call, advance, sweep, shardsLeft } = await setUp();
  await call("IncreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours: 72 });
  advance(26 * HOURS_TO_MS);
  await sweep();
  expect(await shardsLeft()).toBe(3);
  await call("DecreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours: 24 });
  await sweep();
  expect(await shardsLeft()).toBe(2);
  await call("IncreaseStreamRetentionPeriod", { ...CLICKS, RetentionPeriodHours: 72 });
  const { value } = await call("ListShards", CLICKS);
  expect(value.Shards).toHaveLength(2);
});
