import { describe, expect, it } from "vitest";
import { ACCOUNT_ID, arnOf, invalidArgument, NOW_MS, TRANSITION_MS } from "./harness.ts";
import { missing, SHARD, StreamName, withStream } from "./stream-to-read.ts";

describe("GetShardIterator", () => {
  it("leads to the oldest record, or behind the newest", async () => {
    const { iterator, put, texts } = await withStream();
    await put("a");
    const latest = await iterator("LATEST");
    await put("b");
    expect(await texts(await iterator("TRIM_HORIZON"))).toEqual(["a", "b"]);
    expect(await texts(latest)).toEqual(["b"]);
  });

  it("leads to a sequence number, or behind it", async () => {
    const { iterator, put, texts } = await withStream();
    const numbers = [await put("a"), await put("b"), await put("c")];
    const at = { StartingSequenceNumber: numbers[1] };
    expect(await texts(await iterator("AT_SEQUENCE_NUMBER", at))).toEqual(["b", "c"]);
    expect(await texts(await iterator("AFTER_SEQUENCE_NUMBER", at))).toEqual(["c"]);
  });

  it("takes an empty shard's starting number, and then loses nothing", async () => {
    const { call, iterator, put, texts } = await withStream();
    const { value } = await call("ListShards", { StreamName });
    const { StartingSequenceNumber } = value.Shards[0].SequenceNumberRange;
    const at = await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber });
    const after = await iterator("AFTER_SEQUENCE_NUMBER", { StartingSequenceNumber });
    await put("a");
    expect(await texts(at)).toEqual(["a"]);
    expect(await texts(after)).toEqual(["a"]);
  });

  it("leads to the first record that arrived at a time or later", async () => {
    const { iterator, put, texts, advance } = await withStream();
    await put("a");
    advance(2500);
    await put("b");
    const at = (ms: number) => iterator("AT_TIMESTAMP", { Timestamp: ms / 1000 });
    expect(await texts(await at(NOW_MS + TRANSITION_MS + 2500))).toEqual(["b"]);
    expect(await texts(await at(NOW_MS + TRANSITION_MS))).toEqual(["a", "b"]);
    expect(await texts(await at(0))).toEqual(["a", "b"]);
    advance(1);
    const tip = await at(NOW_MS + TRANSITION_MS + 2501);
    expect(await texts(tip)).toEqual([]);
  });

  it("acts on a trimmed number as on the trim horizon", async () => {
    const { iterator, put, texts, advance, log, context } = await withStream();
    const StartingSequenceNumber = await put("a");
    advance(23 * 3_600_000);
    await put("b");
    advance(2 * 3_600_000);
    const at = await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber });
    expect(await texts(at)).toEqual(["b"]);
    log.expire(context.clock.now());
    expect(await texts(await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber }))).toEqual([
      "b",
    ]);
  });

  it.each(["0", "shardId-0", "a-000", SHARD])("takes %s for shard 0", async (ShardId) => {
    const { iterator } = await withStream();
    expect((await iterator("LATEST", { ShardId })).error).toBeUndefined();
  });

  it("finds the stream by its ARN", async () => {
    const { call } = await withStream();
    const StreamARN = arnOf(StreamName);
    const request = { StreamARN, ShardId: "0", ShardIteratorType: "LATEST" };
    expect((await call("GetShardIterator", request)).error).toBeUndefined();
  });

  it("says of the shard that it is missing, whatever is", async () => {
    const { call, iterator } = await withStream();
    expect(await iterator("LATEST", { ShardId: "1" })).toEqual(missing("shardId-000000000001"));
    const elsewhere = { StreamName: "other", ShardId: "0", ShardIteratorType: "LATEST" };
    expect(await call("GetShardIterator", elsewhere)).toEqual(missing(SHARD, "other"));
    expect(await iterator("LATEST", { ShardId: "ABC" })).toEqual({
      error: {
        name: "ResourceNotFoundException",
        message: `Could not find shard ABC in stream clicks under account ${ACCOUNT_ID}.`,
      },
    });
    await call("CreateStream", { StreamName: "young", ShardCount: 1 });
    const young = { StreamName: "young", ShardId: "0", ShardIteratorType: "LATEST" };
    expect(await call("GetShardIterator", young)).toEqual(missing(SHARD, "young"));
  });

  const EITHER =
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber.";

  it.each([
    ["LATEST", "0", `${EITHER} Request specified LATEST and also a StartingSequenceNumber.`],
    [
      "TRIM_HORIZON",
      "0",
      `${EITHER} Request specified TRIM_HORIZON and also a StartingSequenceNumber.`,
    ],
    [
      "AT_SEQUENCE_NUMBER",
      undefined,
      `${EITHER} Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`,
    ],
    [
      "AT_SEQUENCE_NUMBER",
      "9".repeat(60),
      `StartingSequenceNumber ${"9".repeat(60)} used in GetShardIterator on shard ${SHARD} in stream clicks under account ${ACCOUNT_ID} is invalid.`,
    ],
    [
      "AFTER_SEQUENCE_NUMBER",
      "0",
      `StartingSequenceNumber 0 used in GetShardIterator on shard ${SHARD} in stream clicks under account ${ACCOUNT_ID} is invalid because it did not come from this stream.`,
    ],
    [
      "AT_TIMESTAMP",
      undefined,
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.",
    ],
  ])("refuses %s with number %s", async (type, StartingSequenceNumber, message) => {
    const { iterator } = await withStream();
    expect(await iterator(type, { StartingSequenceNumber })).toEqual(invalidArgument(message));
  });

  it("names the shard that a number came from", async () => {
    const { iterator, put } = await withStream({ ShardCount: 2 });
    const StartingSequenceNumber = await put("x", "b");
    expect(await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber })).toEqual(
      invalidArgument(
        `Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with ${SHARD}`,
      ),
    );
  });

  it.each(["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])(
    "refuses %s with a closed shard's ending number: its readers are to go on with the children",
    async (type) => {
      const { call, iterator, advance } = await withStream();
      const NewStartingHashKey = String(2n ** 127n);
      await call("SplitShard", { StreamName, ShardToSplit: "0", NewStartingHashKey });
      advance(TRANSITION_MS);
      const { value } = await call("ListShards", { StreamName });
      const { EndingSequenceNumber } = value.Shards[0].SequenceNumberRange;
      expect(await iterator(type, { StartingSequenceNumber: EndingSequenceNumber })).toEqual(
        invalidArgument(
          `Invalid SequenceNumber for ShardIteratorType ${type}, SequenceNumber has reached max possible value for the shard.`,
        ),
      );
    },
  );

  it("knows the numbers of a deleted namesake", async () => {
    const { call, create, iterator, put, advance } = await withStream();
    const StartingSequenceNumber = await put("x");
    await call("DeleteStream", { StreamName });
    advance(5000);
    await create(StreamName);
    const { error } = await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber });
    expect(error?.message).toMatch(/ is invalid because it did not come from this stream\.$/);
  });

  it("refuses a time to come", async () => {
    const { iterator } = await withStream();
    const nowMs = NOW_MS + TRANSITION_MS;
    expect(await iterator("AT_TIMESTAMP", { Timestamp: (nowMs + 1) / 1000 })).toEqual(
      invalidArgument(
        `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${nowMs + 1}, currentTimestampInMillis: ${nowMs}`,
      ),
    );
  });

  it("lists the types as AWS does when it is given another", async () => {
    const { iterator } = await withStream();
    expect((await iterator("latest")).error?.message).toMatch(
      /'latest' at 'shardIteratorType'.*enum value set: \[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON\]$/,
    );
  });
});
