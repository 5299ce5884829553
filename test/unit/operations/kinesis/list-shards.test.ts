import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  arnOf,
  type Answer,
  harness,
  inUse,
  invalidArgument,
  NOW_MS,
  TRANSITION_MS,
} from "./harness.ts";

const CLICKS = { StreamName: "clicks" };

function ids({ value }: Answer): number[] {
  return value.Shards.map(({ ShardId }: { ShardId: string }) => Number(ShardId.slice(8)));
}

async function splitStream() {
  const world = harness();
  await world.create("clicks", { ShardCount: 2 });
  world.advance(10_000);
  const split = await world.call("SplitShard", {
    ...CLICKS,
    ShardToSplit: "shardId-000000000000",
    NewStartingHashKey: "1000",
  });
  expect(split).toEqual({ value: {} });
  world.advance(TRANSITION_MS);
  return world;
}

describe("ListShards", () => {
  it("lists open and closed shards with their lineage", async () => {
    const { call } = await splitStream();
    const answer = await call("ListShards", CLICKS);
    expect(ids(answer)).toEqual([0, 1, 2, 3]);
    expect(answer.value).not.toHaveProperty("NextToken");
    const [closed, open, child] = answer.value.Shards;
    expect(closed.SequenceNumberRange.EndingSequenceNumber).toMatch(/^\d{56}$/);
    expect(open.SequenceNumberRange).not.toHaveProperty("EndingSequenceNumber");
    expect(child).toMatchObject({
      ParentShardId: "shardId-000000000000",
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: "999" },
    });
    expect(child).not.toHaveProperty("AdjacentParentShardId");
  });

  it.each([
    [{ Type: "AT_LATEST" }, [1, 2, 3]],
    [{ Type: "FROM_TRIM_HORIZON" }, [0, 1, 2, 3]],
    [{ Type: "AFTER_SHARD_ID", ShardId: "shardId-000000000001" }, [2, 3]],
    [{ Type: "AT_TIMESTAMP", Timestamp: (NOW_MS + 5000) / 1000 }, [0, 1]],
    [{ Type: "FROM_TIMESTAMP", Timestamp: (NOW_MS + 5000) / 1000 }, [0, 1, 2, 3]],
  ])("keeps to the filter %j", async (ShardFilter, expected) => {
    const { call } = await splitStream();
    expect(ids(await call("ListShards", { ...CLICKS, ShardFilter }))).toEqual(expected);
  });

  it("remembers the filter in its token, and pages after it", async () => {
    const { call } = await splitStream();
    const ShardFilter = { Type: "AT_TIMESTAMP", Timestamp: (NOW_MS + 5000) / 1000 };
    const first = await call("ListShards", { ...CLICKS, ShardFilter, MaxResults: 1 });
    expect(ids(first)).toEqual([0]);
    const next = await call("ListShards", { NextToken: first.value.NextToken });
    expect(ids(next)).toEqual([1]);
    expect(next.value).not.toHaveProperty("NextToken");
  });

  it("goes on after a shard id", async () => {
    const { call } = await splitStream();
    const after = { ...CLICKS, ExclusiveStartShardId: "shardId-000000000001" };
    expect(ids(await call("ListShards", after))).toEqual([2, 3]);
  });

  it("wants a stream or a token, and not both", async () => {
    const { call } = await splitStream();
    expect(await call("ListShards", {})).toEqual(
      invalidArgument("Either NextToken or StreamName should be provided."),
    );
    const { value } = await call("ListShards", { ...CLICKS, MaxResults: 1 });
    const { NextToken } = value;
    const beside = {
      StreamName: "clicks",
      StreamARN: arnOf("clicks"),
      ExclusiveStartShardId: "shardId-000000000001",
      StreamCreationTimestamp: NOW_MS / 1000,
      ShardFilter: { Type: "AT_LATEST" },
    };
    for (const [member, given] of Object.entries(beside)) {
      expect(await call("ListShards", { [member]: given, NextToken })).toEqual(
        invalidArgument(`NextToken and ${member} cannot be provided together.`),
      );
    }
  });

  it("refuses a token that is too old, changed, or of a stream that is gone", async () => {
    const { call, create, advance } = await splitStream();
    const { value } = await call("ListShards", { ...CLICKS, MaxResults: 1 });
    const { NextToken } = value;
    const changed = `${NextToken.slice(0, -6)}AAAA${NextToken.slice(-2)}`;
    expect((await call("ListShards", { NextToken: changed })).error?.name).toBe(
      "InvalidArgumentException",
    );
    await call("DeleteStream", CLICKS);
    await create("clicks", { ShardCount: 3 });
    expect((await call("ListShards", { NextToken })).error?.name).toBe("ResourceNotFoundException");
    advance(300_000);
    expect((await call("ListShards", { NextToken })).error?.name).toBe("ExpiredNextTokenException");
  });

  it("takes a shard and a time only with the types of filters that compare them", async () => {
    const { call } = await splitStream();
    const filtered = (ShardFilter: object) => call("ListShards", { ...CLICKS, ShardFilter });
    const [ShardId, Timestamp] = ["shardId-000000000001", NOW_MS / 1000];
    expect(await filtered({ Type: "AT_LATEST", ShardId })).toEqual(
      invalidArgument("ShardFilter AT_LATEST takes no ShardId."),
    );
    expect(await filtered({ Type: "AFTER_SHARD_ID", ShardId, Timestamp })).toEqual(
      invalidArgument("ShardFilter AFTER_SHARD_ID takes no Timestamp."),
    );
    expect((await filtered({ Type: "FROM_TIMESTAMP", Timestamp })).error).toBeUndefined();
  });

  it("finds a stream only by its own time of creation", async () => {
    const { call } = await splitStream();
    const at = (ms: number) => ({ ...CLICKS, StreamCreationTimestamp: ms / 1000 });
    expect(ids(await call("ListShards", at(NOW_MS)))).toHaveLength(4);
    expect((await call("ListShards", at(NOW_MS - 60_000))).error?.name).toBe(
      "ResourceNotFoundException",
    );
  });

  it("waits for the stream to be created", async () => {
    const { call } = harness();
    await call("CreateStream", { ...CLICKS, ShardCount: 1 });
    expect(await call("ListShards", CLICKS)).toEqual(
      inUse(`Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state CREATING`),
    );
  });

  it("drops closed shards whose records have all expired", async () => {
    const { call, advance } = await splitStream();
    advance(24 * 3_600_000 + 10_000);
    expect(ids(await call("ListShards", CLICKS))).toEqual([1, 2, 3]);
  });
});
