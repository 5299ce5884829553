/** Creating, describing, listing and deleting data streams. */
import { describe, expect, it } from "vitest";
import { finishCreation, STEP_GRACE_MS } from "../../../../src/streams/lifecycle.ts";
import type { StreamStore } from "../../../../src/streams/store.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import {
  ACCOUNT_ID,
  arnOf,
  harness,
  invalid,
  invalidArgument,
  inUse,
  notFound,
  NOW_MS,
  TRANSITION_MS,
} from "./harness.ts";

const HASH_KEY_MAX = "340282366920938463463374607431768211455";

describe("CreateStream", () => {
  it("makes an on-demand stream of four shards when neither mode nor count is given", async () => {
    const { call, create } = harness();
    await create("clicks", {});
    const { value } = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(value.StreamDescriptionSummary).toMatchObject({
      StreamModeDetails: { StreamMode: "ON_DEMAND" },
      OpenShardCount: 4,
    });
  });

  it("makes a provisioned stream when a count is given", async () => {
    const { call, create } = harness();
    await create("clicks", { ShardCount: 3 });
    const { value } = await call("DescribeStream", { StreamName: "clicks" });
    expect(value.StreamDescription.StreamModeDetails).toEqual({ StreamMode: "PROVISIONED" });
    expect(value.StreamDescription.Shards).toHaveLength(3);
  });

  it("shows the stream as CREATING and without shards for a moment", async () => {
    const { call, advance } = harness();
    expect(await call("CreateStream", { StreamName: "clicks", ShardCount: 1 })).toEqual({
      value: {},
    });
    const creating = await call("DescribeStream", { StreamName: "clicks" });
    expect(creating.value.StreamDescription).toEqual({
      StreamName: "clicks",
      StreamARN: arnOf("clicks"),
      StreamStatus: "CREATING",
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      StreamCreationTimestamp: NOW_MS / 1000,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: "NONE",
      Shards: [],
      HasMoreShards: false,
    });
    advance(TRANSITION_MS);
    const active = await call("DescribeStream", { StreamName: "clicks" });
    expect(active.value.StreamDescription).toMatchObject({
      StreamStatus: "ACTIVE",
      Shards: [
        {
          ShardId: "shardId-000000000000",
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: HASH_KEY_MAX },
          SequenceNumberRange: { StartingSequenceNumber: expect.stringMatching(/^4\d{55}$/) },
        },
      ],
    });
  });

  it("takes a name once", async () => {
    const { call, create } = harness();
    await create("clicks");
    expect(await call("CreateStream", { StreamName: "clicks", ShardCount: 1 })).toEqual(
      inUse(`Stream clicks under account ${ACCOUNT_ID} already exists.`),
    );
  });

  it.each([
    [{ StreamModeDetails: { StreamMode: "PROVISIONED" } }, "ShardCount must be given"],
    [{ ShardCount: 2, StreamModeDetails: { StreamMode: "ON_DEMAND" } }, "must not be given"],
  ])("refuses a mode that contradicts the count: %j", async (members, words) => {
    const { call } = harness();
    const { error } = await call("CreateStream", { StreamName: "clicks", ...members });
    expect(error?.name).toBe("ValidationException");
    expect(error?.message).toContain(words);
  });

  it("names every bound that is broken", async () => {
    const { call } = harness();
    expect(await call("CreateStream", { StreamName: "a b", ShardCount: 0 })).toEqual(
      invalid(
        "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
  });

  it("says which of AWS's newer switches is not there", async () => {
    const { call } = harness();
    const warm = await call("CreateStream", { StreamName: "clicks", WarmThroughputMiBps: 1 });
    expect(warm.error?.message).toContain("not offered by Hydrant yet");
    const auto = { StreamName: "clicks", RecordDistributionStrategy: "AUTO" };
    expect((await call("CreateStream", auto)).error?.name).toBe("InvalidArgumentException");
  });
});

describe("a stream whose maker died", () => {
  it("is finished by whoever looks at it once the maker's time is over", async () => {
    const died = harness();
    const dying: StreamStore = {
      ...died.dataStreams,
      addShards: () => Promise.reject(new Error("killed")),
    };
    await expect(
      died.call("CreateStream", { StreamName: "clicks", ShardCount: 2 }, { dataStreams: dying }),
    ).rejects.toThrow("killed");
    const early = await died.call("DescribeStream", { StreamName: "clicks" });
    expect(early.value.StreamDescription).toMatchObject({ StreamStatus: "CREATING", Shards: [] });

    died.advance(STEP_GRACE_MS);
    await died.call("DescribeStream", { StreamName: "clicks" });
    died.advance(TRANSITION_MS);
    const late = await died.call("DescribeStream", { StreamName: "clicks" });
    expect(late.value.StreamDescription.StreamStatus).toBe("ACTIVE");
    expect(late.value.StreamDescription.Shards).toHaveLength(2);
  });

  it("frees its name when it died deleting", async () => {
    const { call, create, dataStreams, advance } = harness();
    await create("clicks");
    const dying: StreamStore = {
      ...dataStreams,
      remove: () => Promise.reject(new Error("killed")),
    };
    await expect(
      call("DeleteStream", { StreamName: "clicks" }, { dataStreams: dying }),
    ).rejects.toThrow("killed");
    const left = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(left.value.StreamDescriptionSummary.StreamStatus).toBe("DELETING");
    advance(STEP_GRACE_MS);
    await create("clicks", { ShardCount: 2 });
    const again = await call("DescribeStreamSummary", { StreamName: "clicks" });
    expect(again.value.StreamDescriptionSummary.OpenShardCount).toBe(2);
  });

  it("may be finished by two at once", async () => {
    const { call, context, dataStreams, advance } = harness();
    await call("CreateStream", { StreamName: "clicks", ShardCount: 2 });
    const stream = (await dataStreams.get("clicks"))!;
    await finishCreation(context, { ...stream, revision: 1, status: "CREATING" });
    advance(TRANSITION_MS);
    const { value } = await call("DescribeStream", { StreamName: "clicks" });
    expect(value.StreamDescription.Shards).toHaveLength(2);
  });
});

describe("addressing a stream", () => {
  it("takes its name, its ARN, or both", async () => {
    const { call, create } = harness();
    await create("clicks");
    for (const address of [
      { StreamName: "clicks" },
      { StreamARN: arnOf("clicks") },
      { StreamName: "clicks", StreamARN: arnOf("clicks") },
    ]) {
      const { value } = await call("DescribeStreamSummary", address);
      expect(value.StreamDescriptionSummary).toMatchObject({ StreamName: "clicks" });
      expect(value.StreamDescriptionSummary).not.toHaveProperty("StreamId");
    }
  });

  it("names the stream, not the ARN, when it is not there", async () => {
    const { call } = harness();
    expect(await call("DescribeStream", { StreamARN: arnOf("wrong") })).toEqual(notFound("wrong"));
    expect(await call("DescribeStream", { StreamName: "wrong" })).toEqual(notFound("wrong"));
  });

  it("does not find what belongs to another account or region", async () => {
    const { call, create } = harness();
    await create("clicks");
    const foreign = "arn:aws:kinesis:eu-west-1:999999999999:stream/clicks";
    expect((await call("DescribeStream", { StreamARN: foreign })).error).toEqual({
      name: "ResourceNotFoundException",
      message: "Stream clicks under account 999999999999 not found.",
    });
    const elsewhere = arnOf("clicks").replace("eu-west-1", "us-east-2");
    expect((await call("DescribeStream", { StreamARN: elsewhere })).error?.name).toBe(
      "ResourceNotFoundException",
    );
  });

  it("refuses neither, and two that disagree", async () => {
    const { call, create } = harness();
    await create("clicks");
    expect((await call("DescribeStream", {})).error?.name).toBe("InvalidArgumentException");
    const both = { StreamName: "other", StreamARN: arnOf("clicks") };
    expect((await call("DescribeStream", both)).error?.name).toBe("InvalidArgumentException");
  });
});

describe("DescribeStream", () => {
  it("pages by shard id, at most a hundred at once", async () => {
    const { call, create } = harness();
    await create("wide", { ShardCount: 120 });
    const first = await call("DescribeStream", { StreamName: "wide", Limit: 10_000 });
    expect(first.value.StreamDescription.Shards).toHaveLength(100);
    expect(first.value.StreamDescription.HasMoreShards).toBe(true);
    const rest = await call("DescribeStream", {
      StreamName: "wide",
      ExclusiveStartShardId: "shardId-000000000099",
    });
    expect(rest.value.StreamDescription.Shards).toHaveLength(20);
    expect(rest.value.StreamDescription.HasMoreShards).toBe(false);
  });

  it("refuses a shard id that is none", async () => {
    const { call, create } = harness();
    await create("clicks");
    expect(
      (await call("DescribeStream", { StreamName: "clicks", ExclusiveStartShardId: "abc" })).error,
    ).toEqual({
      name: "ResourceNotFoundException",
      message: `Could not find shard abc in stream clicks under account ${ACCOUNT_ID}.`,
    });
  });
});

describe("ListStreams", () => {
  it("lists names with their summaries, and goes on from a token or a name", async () => {
    const { call, create } = harness();
    for (const name of ["c", "a", "b"]) await create(name);
    const first = await call("ListStreams", { Limit: 2 });
    expect(first.value).toMatchObject({ StreamNames: ["a", "b"], HasMoreStreams: true });
    expect(first.value.StreamSummaries[1]).toEqual({
      StreamName: "b",
      StreamARN: arnOf("b"),
      StreamStatus: "ACTIVE",
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      StreamCreationTimestamp: expect.any(Number),
    });
    const next = await call("ListStreams", { NextToken: first.value.NextToken });
    expect(next.value).toMatchObject({ StreamNames: ["c"], HasMoreStreams: false });
    expect(next.value).not.toHaveProperty("NextToken");
    const named = await call("ListStreams", { ExclusiveStartStreamName: "a" });
    expect(named.value.StreamNames).toEqual(["b", "c"]);
  });

  it("refuses a token after five minutes, and one that is none", async () => {
    const { call, create, advance } = harness();
    for (const name of ["a", "b"]) await create(name);
    const { value } = await call("ListStreams", { Limit: 1 });
    advance(300_001);
    const { NextToken } = value;
    expect((await call("ListStreams", { NextToken })).error?.name).toBe(
      "ExpiredNextTokenException",
    );
    expect(await call("ListStreams", { NextToken: "AAAA" })).toEqual(
      invalidArgument("NextToken is invalid."),
    );
  });
});

describe("DeleteStream", () => {
  it("removes the stream and closes its shards at once", async () => {
    const { call, create, dataStreams, log } = harness();
    await create("clicks");
    const stream = (await dataStreams.get("clicks"))!;
    expect(await call("DeleteStream", { StreamName: "clicks" })).toEqual({ value: {} });
    expect(await call("DescribeStream", { StreamName: "clicks" })).toEqual(notFound("clicks"));
    expect(await call("DeleteStream", { StreamName: "clicks" })).toEqual(notFound("clicks"));
    const append = { recordCount: 1, byteCount: 1 };
    expect(await log.reserve(dataShardKey(stream, 0), append)).toEqual({ kind: "closed" });
  });

  it("gives the name to a new stream with a time of its own", async () => {
    const { call, create, dataStreams, advance } = harness();
    await create("clicks");
    const before = await dataStreams.get("clicks");
    await call("DeleteStream", { StreamName: "clicks" });
    advance(1000);
    await create("clicks");
    const after = await dataStreams.get("clicks");
    expect(after?.generation).not.toBe(before?.generation);
    expect(after?.createdAtMs).toBeGreaterThan(before!.createdAtMs);
  });
});

describe("DescribeLimits", () => {
  it("counts the open shards and the on-demand streams, without a look at any shard", async () => {
    const { call, create, advance, dataStreams } = harness();
    await create("a", { ShardCount: 2 });
    await create("b", {});
    const scaling = { TargetShardCount: 3, ScalingType: "UNIFORM_SCALING" };
    await call("UpdateShardCount", { StreamName: "a", ...scaling });
    advance(TRANSITION_MS);
    const shards = () => Promise.reject(new Error("a stream may have thousands"));
    const blind = { dataStreams: { ...dataStreams, shards } };
    expect((await call("DescribeLimits", {}, blind)).value).toEqual({
      ShardLimit: 20_000,
      OpenShardCount: 7,
      OnDemandStreamCount: 1,
      OnDemandStreamCountLimit: 50,
    });
  });
});
