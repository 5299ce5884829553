import { describe, expect, it } from "vitest";
import {
  ACCOUNT_ID,
  arnOf,
  type Answer,
  harness,
  invalid,
  invalidArgument,
  inUse,
  notFound,
  REGION,
  TRANSITION_MS,
} from "./harness.ts";

const MIDDLE = String(2n ** 127n);
const END = String(2n ** 128n - 1n);
const OK: Answer = { value: {} };
const split = (ShardToSplit: string, members: object = {}) => ({
  StreamName: "clicks",
  ShardToSplit,
  NewStartingHashKey: MIDDLE,
  ...members,
});
const merge = (ShardToMerge: string, AdjacentShardToMerge: string) => ({
  StreamName: "clicks",
  ShardToMerge,
  AdjacentShardToMerge,
});
const scale = (TargetShardCount: number, members: object = {}) => ({
  StreamName: "clicks",
  TargetShardCount,
  ScalingType: "UNIFORM_SCALING",
  ...members,
});
const limitExceeded = (message: string): Answer => ({
  error: { name: "LimitExceededException", message },
});
const noShard = (id: string): Answer => ({
  error: {
    name: "ResourceNotFoundException",
    message: `Could not find shard ${id} in stream clicks under account ${ACCOUNT_ID}.`,
  },
});
const updating = inUse(
  `Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state UPDATING`,
);
const onDemand: Answer = {
  error: {
    name: "ValidationException",
    message: `Request is invalid. Stream clicks under account ${ACCOUNT_ID} is in On-Demand mode.`,
  },
};
const spent = (id: string) =>
  invalidArgument(
    `Shard ${id} in stream clicks under account ${ACCOUNT_ID} has already been merged or split, and thus is not eligible for merging or splitting.`,
  );

async function stream(ShardCount: number, overrides = {}) {
  const made = harness(overrides);
  await made.create("clicks", { ShardCount });
  return {
    ...made,
    /** Calls, and waits until the stream shows as ACTIVE again. */
    async settled(name: string, request: object) {
      const answer = await made.call(name, request);
      made.advance(TRANSITION_MS);
      return answer;
    },
    async shards() {
      return (await made.call("ListShards", { StreamName: "clicks" })).value.Shards;
    },
  };
}

describe("SplitShard", () => {
  it("opens two children, whose numbers begin above their parent's end", async () => {
    const { call, shards, advance } = await stream(1);
    expect(await call("SplitShard", split("shardId-000000000000"))).toEqual(OK);
    const status = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(status.value.StreamDescriptionSummary.StreamStatus).toBe("UPDATING");
    expect(await call("SplitShard", split("shardId-000000000001"))).toEqual(updating);
    advance(TRANSITION_MS);
    const [parent, lower, upper] = await shards();
    expect(lower).toMatchObject({
      ShardId: "shardId-000000000001",
      ParentShardId: "shardId-000000000000",
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
    });
    expect(lower).not.toHaveProperty("AdjacentParentShardId");
    expect(lower.SequenceNumberRange).not.toHaveProperty("EndingSequenceNumber");
    expect(upper).toMatchObject({
      ShardId: "shardId-000000000002",
      ParentShardId: "shardId-000000000000",
      HashKeyRange: { StartingHashKey: MIDDLE, EndingHashKey: END },
    });
    const end = BigInt(parent.SequenceNumberRange.EndingSequenceNumber);
    expect(BigInt(lower.SequenceNumberRange.StartingSequenceNumber)).toBeGreaterThan(end);
    expect(BigInt(upper.SequenceNumberRange.StartingSequenceNumber)).toBeGreaterThan(end);
  });

  it("takes a shard id in any of its spellings, and the stream's ARN", async () => {
    const { call } = await stream(1);
    const request = { ...split("a-0"), StreamName: undefined, StreamARN: arnOf("clicks") };
    expect(await call("SplitShard", request)).toEqual(OK);
  });

  it.each([
    ["0", "not above start + 1"],
    ["1", "not above start + 1"],
    [END, "not below the end"],
    ["9".repeat(39), "beyond the circle"],
  ])("refuses to split at %s: %s", async (NewStartingHashKey) => {
    const { call } = await stream(1);
    expect(await call("SplitShard", split("shardId-0", { NewStartingHashKey }))).toEqual(
      invalidArgument(
        `NewStartingHashKey ${NewStartingHashKey} used in SplitShard() on shard shardId-000000000000 in stream clicks under account ${ACCOUNT_ID} is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey ${END}.`,
      ),
    );
  });

  it("refuses a hash key that is no number, by its shape", async () => {
    const { call } = await stream(1);
    expect(await call("SplitShard", split("shardId-0", { NewStartingHashKey: "01" }))).toEqual(
      invalid(
        "Value '01' at 'newStartingHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
      ),
    );
  });

  it("refuses shards that are no shards before it looks for the stream, then unknown ones", async () => {
    const { call } = await stream(1);
    const nowhere = { StreamName: "nowhere" };
    expect(await call("SplitShard", split("x-y"))).toEqual(noShard("x-y"));
    expect((await call("SplitShard", split("x-y", nowhere))).error?.message).toBe(
      `Could not find shard x-y in stream nowhere under account ${ACCOUNT_ID}.`,
    );
    expect(await call("SplitShard", split("shardId-0", nowhere))).toEqual(notFound("nowhere"));
    expect(await call("SplitShard", split("shardId-7"))).toEqual(noShard("shardId-000000000007"));
  });

  it("refuses a shard that was split already, and streams that are on demand or not ACTIVE", async () => {
    const { call, settled } = await stream(1);
    await settled("SplitShard", split("shardId-0"));
    expect(await call("SplitShard", split("0"))).toEqual(spent("shardId-000000000000"));

    const other = harness();
    await other.call("CreateStream", { StreamName: "clicks", ShardCount: 1 });
    expect(await other.call("SplitShard", split("0"))).toEqual(
      inUse(`Stream clicks under account ${ACCOUNT_ID} not ACTIVE, instead in state CREATING`),
    );

    const free = harness();
    await free.create("clicks", {});
    expect(await free.call("SplitShard", split("0"))).toEqual(onDemand);
    expect(await free.call("MergeShards", merge("0", "1"))).toEqual(onDemand);
    expect(await free.call("UpdateShardCount", scale(8))).toEqual(onDemand);
  });

  it("of two at once does one, and refuses the other", async () => {
    const { call, shards } = await stream(2);
    const quarter = { NewStartingHashKey: String(2n ** 126n) };
    const answers = await Promise.all([
      call("SplitShard", split("0", quarter)),
      call("SplitShard", split("0", quarter)),
    ]);
    expect(answers).toContainEqual(OK);
    expect(answers).toContainEqual(updating);
    expect(await shards()).toHaveLength(4);
  });

  it("is finished by whoever meets the stream after its own process died", async () => {
    const { call, dataStreams, advance, shards } = await stream(1);
    const { addShards } = dataStreams;
    dataStreams.addShards = async () => {
      throw new Error("the process died");
    };
    await expect(call("SplitShard", split("0"))).rejects.toThrow("the process died");
    dataStreams.addShards = addShards;
    expect(await call("SplitShard", split("0"))).toEqual(updating);
    advance(2000);
    expect((await shards()).length).toBeGreaterThan(0);
    advance(TRANSITION_MS);
    expect((await shards()).map((shard: { ShardId: string }) => shard.ShardId)).toEqual([
      "shardId-000000000000",
      "shardId-000000000001",
      "shardId-000000000002",
    ]);
  });
});

describe("MergeShards", () => {
  it("opens one child of two parents", async () => {
    const { settled, shards, call } = await stream(2);
    expect(await settled("MergeShards", merge("shardId-0", "shardId-1"))).toEqual(OK);
    expect((await shards())[2]).toMatchObject({
      ShardId: "shardId-000000000002",
      ParentShardId: "shardId-000000000000",
      AdjacentParentShardId: "shardId-000000000001",
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: END },
    });
    expect(await call("MergeShards", merge("2", "0"))).toEqual(spent("shardId-000000000000"));
  });

  it.each([
    [0, 2],
    [1, 0],
    [1, 1],
  ])("refuses %i and %i, which are no neighbours in this order", async (a, b) => {
    const { call } = await stream(3);
    expect(await call("MergeShards", merge(String(a), String(b)))).toEqual(
      invalidArgument(
        `Shards shardId-00000000000${a} and shardId-00000000000${b} in stream clicks under account ${ACCOUNT_ID} are not an adjacent pair of shards eligible for merging`,
      ),
    );
  });

  it("refuses shards that are not there", async () => {
    const { call } = await stream(1);
    expect(await call("MergeShards", merge("0", "1"))).toEqual(noShard("shardId-000000000001"));
    expect(await call("MergeShards", merge("0", "x"))).toEqual(noShard("x"));
  });
});

describe("UpdateShardCount", () => {
  const openCount = async ({ call }: Pick<ReturnType<typeof harness>, "call">) => {
    const { value } = await call("DescribeStreamSummary", { StreamName: "clicks" });
    return value.StreamDescriptionSummary.OpenShardCount;
  };

  it.each([
    [1, 2],
    [3, 5],
    [5, 3],
    [4, 4],
  ])("answers the counts and goes from %i open shards to %i", async (from, to) => {
    const made = await stream(from);
    expect(await made.settled("UpdateShardCount", scale(to))).toEqual({
      value: {
        StreamName: "clicks",
        StreamARN: `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/clicks`,
        CurrentShardCount: from,
        TargetShardCount: to,
      },
    });
    expect(await openCount(made)).toBe(to);
  });

  it("counts open shards only, however many closed ones are listed", async () => {
    const made = await stream(2);
    await made.settled("UpdateShardCount", scale(4));
    await made.settled("UpdateShardCount", scale(8));
    expect(await openCount(made)).toBe(8);
  });

  it.each([
    [2, 5, "up over double"],
    [5, 2, "down below half"],
  ])("refuses to go from %i to %i", async (from, to, words) => {
    const { call } = await stream(from);
    expect(await call("UpdateShardCount", scale(to))).toEqual(
      limitExceeded(
        `UpdateShardCount cannot scale ${words} your current open shard count. Current open shard count: ${from}, Target shard count: ${to}`,
      ),
    );
  });

  it("refuses more shards than a stream may have, and other ways of scaling", async () => {
    const { call } = await stream(1);
    expect(await call("UpdateShardCount", scale(10_001))).toEqual(
      limitExceeded(
        "Target shard count or number of open shards cannot be greater than 10000. Current open shard count: 1, Target shard count: 10001",
      ),
    );
    expect(await call("UpdateShardCount", scale(2, { ScalingType: "LINEAR" }))).toEqual(
      invalid(
        "Value 'LINEAR' at 'scalingType' failed to satisfy constraint: Member must satisfy enum value set: [UNIFORM_SCALING]",
      ),
    );
  });

  it("changes the count ten times within 24 hours, and no more", async () => {
    const { call, settled, advance } = await stream(2);
    for (let i = 0; i < 10; i++) {
      expect(await settled("UpdateShardCount", scale(i % 2 === 0 ? 3 : 2))).not.toHaveProperty(
        "error",
      );
    }
    expect((await call("UpdateShardCount", scale(3))).error?.name).toBe("LimitExceededException");
    expect(await call("UpdateShardCount", scale(2))).not.toHaveProperty("error");
    advance(24 * 3_600_000);
    expect(await call("UpdateShardCount", scale(3))).not.toHaveProperty("error");
  });
});
