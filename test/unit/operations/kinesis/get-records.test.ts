import { describe, expect, it } from "vitest";
import { type DataStream, dataShardKey } from "../../../../src/streams/stream.ts";
import {
  ACCOUNT_ID,
  type Answer,
  arnOf,
  harness,
  invalidArgument,
  NOW_MS,
  TRANSITION_MS,
} from "./harness.ts";

const StreamName = "clicks";
const SHARD = "shardId-000000000000";

async function withStream(members: object = { ShardCount: 1 }) {
  const made = harness();
  const { call } = made;
  await made.create(StreamName, members);
  const iterator = (ShardIteratorType: string, more: object = {}) =>
    call("GetShardIterator", { StreamName, ShardId: SHARD, ShardIteratorType, ...more });
  return {
    ...made,
    iterator,
    async put(text: string, PartitionKey = "a"): Promise<string> {
      const Data = Buffer.from(text).toString("base64");
      const { value } = await call("PutRecord", { StreamName, Data, PartitionKey });
      return value.SequenceNumber;
    },
    /** The page that an iterator leads to. */
    async read(answer: Answer, Limit?: number) {
      const { value, error } = await call("GetRecords", {
        ShardIterator: answer.value.ShardIterator,
        Limit,
      });
      if (error) throw new Error(error.message);
      return value;
    },
    async texts(answer: Answer): Promise<string[]> {
      const { value } = await call("GetRecords", { ShardIterator: answer.value.ShardIterator });
      return textsOf(value);
    },
  };
}

function textsOf(page: { readonly Records: readonly { readonly Data: string }[] }): string[] {
  return page.Records.map(({ Data }) => Buffer.from(Data, "base64").toString());
}

const missing = (shard = SHARD, stream = StreamName) => ({
  error: {
    name: "ResourceNotFoundException",
    message: `Shard ${shard} in stream ${stream} under account ${ACCOUNT_ID} does not exist`,
  },
});

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
    const { call, iterator, put } = await withStream({ ShardCount: 2 });
    const StartingSequenceNumber = await put("x", "b");
    expect(await iterator("AT_SEQUENCE_NUMBER", { StartingSequenceNumber })).toEqual(
      invalidArgument(
        `Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with ${SHARD}`,
      ),
    );
    expect(call).toBeDefined();
  });

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

describe("GetRecords", () => {
  it("answers records as they were put, with their time and place", async () => {
    const { iterator, put, read } = await withStream();
    const SequenceNumber = await put("hello", "é");
    expect(await read(await iterator("TRIM_HORIZON"))).toEqual({
      Records: [
        {
          SequenceNumber,
          ApproximateArrivalTimestamp: (NOW_MS + TRANSITION_MS) / 1000,
          Data: Buffer.from("hello").toString("base64"),
          PartitionKey: "é",
        },
      ],
      NextShardIterator: expect.any(String) as string,
      MillisBehindLatest: 0,
    });
  });

  it("goes on where the last page ended, by an iterator that always differs", async () => {
    const { call, iterator, put, read, advance } = await withStream();
    for (const text of ["a", "b", "c"]) await put(text);
    advance(100);
    const first = await read(await iterator("TRIM_HORIZON"), 2);
    expect(textsOf(first)).toEqual(["a", "b"]);
    expect(first.MillisBehindLatest).toBe(100);
    const next = async (ShardIterator: string) =>
      (await call("GetRecords", { ShardIterator })).value;
    const second = await next(first.NextShardIterator);
    expect(textsOf(second)).toEqual(["c"]);
    const third = await next(second.NextShardIterator);
    expect(third).toMatchObject({ Records: [], MillisBehindLatest: 0 });
    expect(third.NextShardIterator).not.toBe(second.NextShardIterator);
    // An iterator may be used again.
    expect(textsOf(await next(first.NextShardIterator))).toEqual(["c"]);
  });

  it("takes an iterator in quotes", async () => {
    const { call, iterator, put } = await withStream();
    await put("a");
    const { value } = await iterator("TRIM_HORIZON");
    const { value: page } = await call("GetRecords", { ShardIterator: `"${value.ShardIterator}"` });
    expect(textsOf(page)).toEqual(["a"]);
  });

  it("refuses an iterator that is not one of ours", async () => {
    const { call, iterator } = await withStream();
    const { value } = await iterator("LATEST");
    const bytes = Buffer.from(value.ShardIterator, "base64");
    bytes[20] = bytes[20]! ^ 1;
    for (const ShardIterator of ["garbage", bytes.toString("base64")]) {
      expect(await call("GetRecords", { ShardIterator })).toEqual(
        invalidArgument("Invalid ShardIterator."),
      );
    }
  });

  it("lets an iterator live for 300 seconds and says when it was made", async () => {
    const { iterator, read, call, advance } = await withStream();
    const made = await iterator("LATEST");
    advance(300_000);
    await read(made);
    advance(1);
    expect(await call("GetRecords", { ShardIterator: made.value.ShardIterator })).toEqual({
      error: {
        name: "ExpiredIteratorException",
        message:
          "Iterator expired. The iterator was created at time Mon Jul 13 14:05:07 UTC 2026 while right now it is Mon Jul 13 14:10:07 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.",
      },
    });
  });

  it("does not lead into another stream of the name", async () => {
    const { call, create, iterator } = await withStream();
    const { value } = await iterator("LATEST");
    const read = () => call("GetRecords", { ShardIterator: value.ShardIterator });
    await call("DeleteStream", { StreamName });
    expect(await read()).toEqual(missing());
    await create(StreamName);
    expect(await read()).toEqual(invalidArgument("Invalid ShardIterator."));
  });

  it("takes 1 to 10,000 records", async () => {
    const { call } = await withStream();
    for (const [Limit, bound] of [
      [0, "greater than or equal to 1"],
      [10_001, "less than or equal to 10000"],
    ] as const) {
      const { error } = await call("GetRecords", { ShardIterator: "x", Limit });
      expect(error?.message).toContain(`'limit' failed`);
      expect(error?.message).toContain(bound);
    }
  });

  it("says of each record that it is encrypted when the stream's are", async () => {
    const { call, iterator, put, read } = await withStream();
    await call("StartStreamEncryption", { StreamName, EncryptionType: "KMS", KeyId: "alias/k" });
    await put("x");
    const page = await read(await iterator("TRIM_HORIZON"));
    expect(page.Records[0].EncryptionType).toBe("KMS");
  });

  it("pages by what an answer may hold", async () => {
    const { call, iterator, put, read, advance } = await withStream();
    for (let i = 0; i < 7; i++) {
      await put("x".repeat(1024 * 1024 - 1));
      advance(1000);
    }
    const first = await read(await iterator("TRIM_HORIZON"));
    expect(first.Records).toHaveLength(4);
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(first)))).toBeLessThan(6 * 1024 * 1024);
    const { value } = await call("GetRecords", { ShardIterator: first.NextShardIterator });
    expect(value.Records).toHaveLength(3);
  });

  it("bounds an answer although partition keys are all quotes and control characters", async () => {
    const { call, iterator, read, advance } = await withStream();
    for (const PartitionKey of ['"'.repeat(256), "\u0001".repeat(256), "\\".repeat(256)]) {
      for (let i = 0; i < 8; i++) {
        const Records = Array.from({ length: 500 }, () => ({ Data: "", PartitionKey }));
        await call("PutRecords", { StreamName, Records });
        advance(1000);
      }
    }
    const page = await read(await iterator("TRIM_HORIZON"));
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(page)))).toBeLessThan(6 * 1024 * 1024);
    expect(page.Records.length).toBeLessThan(10_000);
  });
});

describe("the end of a shard", () => {
  const split = (call: ReturnType<typeof harness>["call"]) =>
    call("SplitShard", {
      StreamName,
      ShardToSplit: SHARD,
      NewStartingHashKey: String(2n ** 127n),
    });

  it("comes a page after its last record, with the children and without an iterator", async () => {
    const { call, iterator, put, read } = await withStream();
    await put("a");
    await split(call);
    const last = await read(await iterator("TRIM_HORIZON"));
    expect(textsOf(last)).toEqual(["a"]);
    expect(last).not.toHaveProperty("ChildShards");
    const { value } = await call("GetRecords", { ShardIterator: last.NextShardIterator });
    expect(value).toEqual({
      Records: [],
      MillisBehindLatest: 0,
      ChildShards: [
        {
          ShardId: "shardId-000000000001",
          ParentShards: [SHARD],
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
        },
        {
          ShardId: "shardId-000000000002",
          ParentShards: [SHARD],
          HashKeyRange: {
            StartingHashKey: String(2n ** 127n),
            EndingHashKey: String(2n ** 128n - 1n),
          },
        },
      ],
    });
  });

  it("is where LATEST leads on a closed shard", async () => {
    const { call, iterator, put, read } = await withStream();
    await put("a");
    await split(call);
    const page = await read(await iterator("LATEST"));
    expect(page).not.toHaveProperty("NextShardIterator");
    expect(page.ChildShards).toHaveLength(2);
  });

  it("names both parents after a merge", async () => {
    const { call, iterator, read } = await withStream({ ShardCount: 2 });
    await call("MergeShards", {
      StreamName,
      ShardToMerge: SHARD,
      AdjacentShardToMerge: "shardId-000000000001",
    });
    const page = await read(await iterator("TRIM_HORIZON"));
    expect(page.ChildShards).toMatchObject([
      { ShardId: "shardId-000000000002", ParentShards: [SHARD, "shardId-000000000001"] },
    ]);
  });

  it("waits for the children of a reshard under way", async () => {
    const { context, iterator, read, dataStreams } = await withStream();
    const stream = (await dataStreams.get(StreamName)) as DataStream;
    await dataStreams.seal(stream, 0);
    const page = await read(await iterator("TRIM_HORIZON"));
    expect(page).toMatchObject({ Records: [], NextShardIterator: expect.any(String) as string });
    expect(page).not.toHaveProperty("ChildShards");
    expect(await context.log.head(dataShardKey(stream, 0))).toMatchObject({ sealed: true });
  });

  it("is forgotten with its last record", async () => {
    const { call, iterator, put, advance } = await withStream();
    await put("a");
    await split(call);
    advance(25 * 3_600_000);
    expect(await iterator("TRIM_HORIZON")).toEqual(missing());
  });
});
