import { describe, expect, it } from "vitest";
import type { ProofStore } from "../../../../src/log/proof.ts";
import type { LogStore } from "../../../../src/log/store.ts";
import type { OperationContext } from "../../../../src/operations/context.ts";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import { dataShardKey, type DataStream } from "../../../../src/streams/stream.ts";
import { harness, invalid, invalidArgument, notFound, NOW_MS, ACCOUNT_ID } from "./harness.ts";

const StreamName = "clicks";
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const put = (data: string | Uint8Array, PartitionKey = "a", members: object = {}) => ({
  StreamName,
  Data: base64(data),
  PartitionKey,
  ...members,
});
const puts = (...records: readonly (readonly [data: string | Uint8Array, key: string])[]) => ({
  StreamName,
  Records: records.map(([data, PartitionKey]) => ({ Data: base64(data), PartitionKey })),
});
const rateExceeded = (shard = 0) =>
  `Rate exceeded for shard shardId-00000000000${shard} in stream clicks under account ${ACCOUNT_ID}.`;

async function withStream(members: object = { ShardCount: 1 }) {
  const made = harness();
  await made.create(StreamName, members);
  const stream = (await made.dataStreams.get(StreamName)) as DataStream;
  const head = (shard = 0) => made.log.head(dataShardKey(stream, shard));
  return { ...made, stream, head };
}

/** Of a process whose log takes places otherwise. */
const reserving = ({ append }: Pick<OperationContext, "append">, reserve: LogStore["reserve"]) => ({
  append: { ...append, log: { ...append.log, reserve } },
});

describe("PutRecord", () => {
  it("answers where the record is: shard and a growing sequence number", async () => {
    const { call, head } = await withStream();
    const first = (await call("PutRecord", put("x"))).value;
    const second = (await call("PutRecord", put("y"))).value;
    expect(first).toEqual({
      ShardId: "shardId-000000000000",
      SequenceNumber: expect.stringMatching(/^\d{56}$/) as string,
    });
    expect(BigInt(second.SequenceNumber) > BigInt(first.SequenceNumber)).toBe(true);
    // Data and key are counted.
    expect(await head()).toMatchObject({ recordCount: 2, byteOffset: 4 });
  });

  it.each([
    // MD5 of `a` lies at 0.05 of the circle, that of `partitionKey-1` at 0.47.
    ["a", undefined, 0],
    ["partitionKey-1", undefined, 1],
    ["a", "340282366920938463463374607431768211455", 2],
    ["partitionKey-1", "0", 0],
  ])("places key %j with explicit hash key %j in shard %i", async (key, ExplicitHashKey, shard) => {
    const { call } = await withStream({ ShardCount: 3 });
    const { value } = await call("PutRecord", put("x", key, { ExplicitHashKey }));
    expect(value.ShardId).toBe(`shardId-00000000000${shard}`);
  });

  it("refuses a hash key beyond the circle", async () => {
    const { call } = await withStream();
    const ExplicitHashKey = "340282366920938463463374607431768211456";
    expect(await call("PutRecord", put("x", "a", { ExplicitHashKey }))).toEqual(
      invalidArgument(
        `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
      ),
    );
  });

  it("takes empty data, and 1 MiB with the key's UTF-8 bytes, and not one more", async () => {
    const { call, advance } = await withStream();
    expect((await call("PutRecord", put(""))).error).toBeUndefined();
    advance(1000);
    const full = new Uint8Array(1024 * 1024 - 2);
    expect((await call("PutRecord", put(full, "é"))).error).toBeUndefined();
    expect(await call("PutRecord", put(full, "éa"))).toEqual(
      invalidArgument(
        "A record of stream clicks must be at most 1024 KiB, data and partition key, got 1048577 bytes.",
      ),
    );
  });

  it("refuses data above 1 MiB as its shape's bound, and names all such records of a call", async () => {
    const { call } = await withStream();
    const large = new Uint8Array(1024 * 1024 + 1);
    const tooLong = (at: string) =>
      `Value at '${at}' failed to satisfy constraint: Member must have length less than or equal to 1048576`;
    expect(await call("PutRecord", put(large))).toEqual(invalid(tooLong("data")));
    const records = puts([large, "a"], ["x", "a"], [large, "b"]);
    expect(await call("PutRecords", records)).toEqual(
      invalid(tooLong("records.1.member.data"), tooLong("records.3.member.data")),
    );
  });

  it("goes by the size that the stream is set to take", async () => {
    const { call } = await withStream({ ShardCount: 1, MaxRecordSizeInKiB: 2048 });
    const full = new Uint8Array(2 * 1024 * 1024 - 1);
    expect((await call("PutRecord", put(full))).error).toBeUndefined();
    expect(await call("PutRecord", put(new Uint8Array(2 * 1024 * 1024 + 1)))).toEqual(
      invalid(
        "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 2097152",
      ),
    );
  });

  it("refuses what no answer could hold, although the stream is set to take it", async () => {
    const { call, context, dataStreams, stream } = await withStream();
    await dataStreams.update({ ...stream, revision: stream.revision + 1, maxRecordKiB: 10_240 });
    context.dataStreamCache.forget(StreamName);
    const { error } = await call("PutRecord", put(new Uint8Array(4.7 * 1024 * 1024)));
    expect(error?.message).toMatch(/does not fit an answer of GetRecords/);
    expect((await call("PutRecord", put(new Uint8Array(4.4 * 1024 * 1024)))).error).toBeUndefined();
  });

  const LARGE = new Uint8Array(1024 * 1024);

  it.each([
    ["PutRecord", put(LARGE)],
    ["PutRecords", puts([LARGE, "a"])],
  ])("of %s asks how large records may be before it refuses one", async (name, request) => {
    const { call, dataStreams, stream } = await withStream();
    expect((await call(name, request)).error?.message).toMatch(/must be at most 1024 KiB/);
    await dataStreams.update({ ...stream, revision: stream.revision + 1, maxRecordKiB: 2048 });
    const { value } = await call(name, request);
    expect(value.Records?.[0].SequenceNumber ?? value.SequenceNumber).toMatch(/^\d{56}$/);
  });

  it("takes whatever a stream is set to take where answers are streamed", async () => {
    const { call, context, dataStreams, stream } = await withStream();
    await dataStreams.update({ ...stream, revision: stream.revision + 1, maxRecordKiB: 10_240 });
    context.dataStreamCache.forget(StreamName);
    const push = { subscriptions: memorySubscriptions(), signal: new AbortController().signal };
    const large = put(new Uint8Array(9 * 1024 * 1024));
    expect((await call("PutRecord", large, { push })).error).toBeUndefined();
  });

  it("counts characters of the key, not bytes", async () => {
    const { call } = await withStream();
    expect((await call("PutRecord", put("x", "é".repeat(256)))).error).toBeUndefined();
    const { error } = await call("PutRecord", put("x", "k".repeat(257)));
    expect(error?.message).toMatch(/'partitionKey' failed.*less than or equal to 256/);
  });

  it("needs data and a partition key", async () => {
    const { call } = await withStream();
    expect(await call("PutRecord", { StreamName })).toEqual(
      invalid(
        "Value null at 'data' failed to satisfy constraint: Member must not be null",
        "Value null at 'partitionKey' failed to satisfy constraint: Member must not be null",
      ),
    );
  });

  it("takes a number for ordering that was given, by whatever shard, or by an older Kinesis", async () => {
    const { call } = await withStream({ ShardCount: 3 });
    const lower = (await call("PutRecord", put("x", "a"))).value;
    const upper = (await call("PutRecord", put("x", "partitionKey-1"))).value;
    expect(lower.ShardId).not.toBe(upper.ShardId);
    const { value } = await call("ListShards", { StreamName });
    const { StartingSequenceNumber } = value.Shards[0].SequenceNumberRange;
    const oldest = ["2", "1"].map((end) => String(BigInt(`0x${"2".padEnd(46, "0")}${end}`)));
    const negative = String(BigInt("0x20000000000000000000000000000000000000800000002"));
    const given = [lower, upper].map(({ SequenceNumber }) => SequenceNumber as string);
    for (const number of [...given, StartingSequenceNumber, ...oldest, negative, "0", "12345"]) {
      const ordered = put("y", "a", { SequenceNumberForOrdering: number });
      expect(await call("PutRecord", ordered)).not.toHaveProperty("error");
    }
  });

  it("takes a closed shard's ending number for ordering, and not an open one's", async () => {
    const { call, advance } = await withStream();
    await call("SplitShard", {
      StreamName,
      ShardToSplit: "0",
      NewStartingHashKey: String(2n ** 127n),
    });
    advance(1000);
    const { value } = await call("ListShards", { StreamName });
    const { EndingSequenceNumber } = value.Shards[0].SequenceNumberRange;
    const after = (number: bigint) =>
      call("PutRecord", put("y", "a", { SequenceNumberForOrdering: String(number) }));
    expect(await after(BigInt(EndingSequenceNumber))).not.toHaveProperty("error");
    const child = BigInt(value.Shards[1].SequenceNumberRange.StartingSequenceNumber);
    const { error } = await after(child + (2n ** 143n - 2n ** 80n));
    expect(error?.message).toMatch(/^ExclusiveMinimumSequenceNumber/);
  });

  it("refuses a number for ordering that nobody can have been given", async () => {
    const { call, head } = await withStream();
    const { value } = await call("PutRecord", put("x"));
    const own = BigInt(value.SequenceNumber);
    const numbers = [
      ...[1n, 64n, 96n, 100n, 130n, 143n, 144n, 148n, 150n, 200n].map((bits) => own + 2n ** bits),
      own - 1n,
      BigInt("0x20000000000000000000000000000000000000000000003"),
      BigInt("0x20000000000800000000000000000000000000000000002"),
      BigInt("0x13bb2cc3d80000000000000000000000"),
      BigInt("0x2ffffffffff7fffffffffffffff000000000007fffffff2"),
    ];
    for (const number of numbers) {
      const ordered = put("y", "a", { SequenceNumberForOrdering: String(number) });
      expect(await call("PutRecord", ordered)).toEqual(
        invalidArgument(
          `ExclusiveMinimumSequenceNumber ${number} used in PutRecord on stream clicks under account ${ACCOUNT_ID} is invalid.`,
        ),
      );
    }
    expect(await head()).toMatchObject({ recordCount: 1 });
  });

  it("does not find a stream that is not there, or still CREATING", async () => {
    const { call, advance } = harness();
    expect(await call("PutRecord", put("x"))).toEqual(notFound(StreamName));
    await call("CreateStream", { StreamName, ShardCount: 1 });
    expect(await call("PutRecord", put("x"))).toEqual(notFound(StreamName));
    advance(500);
    expect((await call("PutRecord", put("x"))).error).toBeUndefined();
  });

  it("does not store into a stream that another process deleted", async () => {
    const { call, dataStreams, stream } = await withStream();
    await call("PutRecord", put("x"));
    await dataStreams.remove(stream);
    expect(await call("PutRecord", put("y"))).toEqual(notFound(StreamName));
  });

  it("throttles the 1,001st record of a second, and not the next second's", async () => {
    const { call, advance, head } = await withStream();
    advance(1000 - ((NOW_MS + 500) % 1000));
    const batch = puts(...Array.from({ length: 500 }, () => ["x", "a"] as const));
    await call("PutRecords", batch);
    await call("PutRecords", batch);
    expect(await call("PutRecord", put("x"))).toEqual({
      error: { name: "ProvisionedThroughputExceededException", message: rateExceeded() },
    });
    advance(1000);
    expect((await call("PutRecord", put("x"))).error).toBeUndefined();
    expect(await head()).toMatchObject({ recordCount: 1001 });
  });

  it("says that records are encrypted when the stream's are", async () => {
    const { call } = await withStream();
    await call("StartStreamEncryption", { StreamName, EncryptionType: "KMS", KeyId: "alias/k" });
    const { value } = await call("PutRecord", put("x"));
    expect(value.EncryptionType).toBe("KMS");
    expect((await call("PutRecords", puts(["x", "a"]))).value.EncryptionType).toBe("KMS");
  });

  it("goes on in the children of a shard that was split meanwhile", async () => {
    const { call, head } = await withStream();
    await call("PutRecord", put("x"));
    await call("SplitShard", {
      StreamName,
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: String(2n ** 127n),
    });
    const { value } = await call("PutRecord", put("y"));
    expect(value.ShardId).toBe("shardId-000000000001");
    expect(await head(0)).toMatchObject({ recordCount: 1 });
    expect(await head(1)).toMatchObject({ recordCount: 1 });
  });

  it("gives up with a throttle when a reshard does not come to its end", async () => {
    const { call, context } = await withStream();
    const { error } = await call(
      "PutRecord",
      put("x"),
      reserving(context, async () => ({ kind: "closed" })),
    );
    expect(error).toEqual({
      name: "ProvisionedThroughputExceededException",
      message: rateExceeded(),
    });
  });
});

describe("PutRecords", () => {
  it("answers in the order of the request, whatever the shards", async () => {
    const { call } = await withStream({ ShardCount: 3 });
    const keys = ["a", "partitionKey-1", "a", "é", "partitionKey-1"];
    const { value } = await call("PutRecords", puts(...keys.map((key) => ["x", key] as const)));
    expect(value.FailedRecordCount).toBe(0);
    expect(value.Records.map(({ ShardId }: { ShardId: string }) => ShardId.at(-1))).toEqual([
      "0",
      "1",
      "0",
      "1",
      "1",
    ]);
    const numbers = value.Records.map((r: { SequenceNumber: string }) => BigInt(r.SequenceNumber));
    expect(numbers[2] > numbers[0]).toBe(true);
    expect(numbers[4] > numbers[3] && numbers[3] > numbers[1]).toBe(true);
  });

  it("writes the count of failures as producers search for it", async () => {
    const { call } = await withStream();
    const { value } = await call("PutRecords", puts(["x", "a"]));
    expect(JSON.stringify(value)).toContain('"FailedRecordCount":0');
  });

  it("stores nothing when one record is wrong", async () => {
    const { call, head } = await withStream();
    const request = puts(["x", "a"], ["y", "b"]);
    Object.assign(request.Records[1]!, { ExplicitHashKey: String(2n ** 128n) });
    const { error } = await call("PutRecords", request);
    expect(error?.message).toMatch(/^Invalid ExplicitHashKey\./);
    expect(await call("PutRecords", puts(["x", "a"], [new Uint8Array(1_048_576), "b"]))).toEqual(
      invalidArgument(
        "A record of stream clicks must be at most 1024 KiB, data and partition key, got 1048577 bytes.",
      ),
    );
    expect(await head()).toMatchObject({ recordCount: 0 });
  });

  it("takes 500 records and not one more, and at least one", async () => {
    const { call } = await withStream();
    const records = Array.from({ length: 500 }, () => ["x", "a"] as const);
    expect((await call("PutRecords", puts(...records))).value.FailedRecordCount).toBe(0);
    const tooMany = await call("PutRecords", puts(...records, ["x", "a"]));
    expect(tooMany.error?.message).toMatch(/'records' failed.*less than or equal to 500/);
    expect((await call("PutRecords", puts())).error?.name).toBe("ValidationException");
  });

  it("refuses more than 10 MiB with the keys", async () => {
    const { call } = await withStream();
    const records = Array.from({ length: 10 }, () => [new Uint8Array(1_048_575), "a"] as const);
    expect(await call("PutRecords", puts(...records, ["", "b"]))).toEqual(
      invalidArgument("Records size exceeds 10 MB limit"),
    );
  });

  it("takes the beginning that a shard has room for and fails the rest, record by record", async () => {
    const { call, advance, head } = await withStream({ ShardCount: 3 });
    advance(1000 - ((NOW_MS + 500) % 1000));
    const large = new Uint8Array(400 * 1024);
    const { value } = await call(
      "PutRecords",
      puts([large, "a"], [large, "a"], [large, "a"], ["small", "a"], [large, "partitionKey-1"]),
    );
    expect(value.FailedRecordCount).toBe(2);
    const throttled = {
      ErrorCode: "ProvisionedThroughputExceededException",
      ErrorMessage: rateExceeded(),
    };
    const stored = (shard: number) => ({
      ShardId: `shardId-00000000000${shard}`,
      SequenceNumber: expect.any(String) as string,
    });
    expect(value.Records).toEqual([stored(0), stored(0), throttled, throttled, stored(1)]);
    // What is left of the second goes to what still fits.
    const { value: more } = await call("PutRecords", puts(["x", "a"], [large, "a"], ["y", "a"]));
    expect(more.Records).toEqual([stored(0), throttled, throttled]);
    expect(await head(0)).toMatchObject({ recordCount: 3 });
  });

  it("repeats the answer of an attempt that stored a part, and stores nothing again", async () => {
    const { call, advance, head } = await withStream();
    advance(1000 - ((NOW_MS + 500) % 1000));
    await call("PutRecords", puts([new Uint8Array(600 * 1024), "a"]));
    const request = puts([new Uint8Array(300 * 1024), "a"], [new Uint8Array(300 * 1024), "a"]);
    const attempt = (n: number) => ({
      producerRequest: { callId: new Uint8Array(32).fill(7), attempt: n },
    });
    const first = await call("PutRecords", request, attempt(1));
    expect(first.value.FailedRecordCount).toBe(1);
    advance(2000);
    expect(await call("PutRecords", request, attempt(2))).toEqual(first);
    expect(await head()).toMatchObject({ recordCount: 2 });
  });

  it("puts anew what was refused wholly, when it is sent again", async () => {
    const { call, advance, head } = await withStream();
    advance(1000 - ((NOW_MS + 500) % 1000));
    await call("PutRecord", put(new Uint8Array(1_000_000)));
    const request = put(new Uint8Array(100_000));
    const attempt = (n: number) => ({
      producerRequest: { callId: new Uint8Array(32).fill(8), attempt: n },
    });
    const { error } = await call("PutRecord", request, attempt(1));
    expect(error?.name).toBe("ProvisionedThroughputExceededException");
    advance(1000);
    const second = await call("PutRecord", request, attempt(2));
    expect(second.error).toBeUndefined();
    expect(await call("PutRecord", request, attempt(3))).toEqual(second);
    expect(await head()).toMatchObject({ recordCount: 2 });
  });

  it("is throttled where a busy table lets close no place of an earlier attempt, which the proof goes on to name", async () => {
    const { call, context, head } = await withStream({ ShardCount: 3 });
    const busy = () => Promise.reject(new Error("too busy"));
    const { append } = context;
    const { log } = append;
    // Of the first shard alone.
    const full: LogStore = {
      ...log,
      write: (block) => (block.shard.endsWith("0000") ? busy() : log.write(block)),
      fill: (shard, ...hole) => (shard.endsWith("0000") ? busy() : log.fill(shard, ...hole)),
    };
    const request = puts(["x", "a"], ["y", "partitionKey-1"], ["z", "a"]);
    const attempt = (n: number, isBusy = false) => ({
      producerRequest: { callId: new Uint8Array(32).fill(5), attempt: n },
      ...(isBusy && { append: { ...append, log: full } }),
    });
    const first = await call("PutRecords", request, attempt(1, true));
    const { Records } = first.value as { Records: { ErrorCode?: string }[] };
    const isFailed = Records.map(({ ErrorCode }) => ErrorCode !== undefined);
    expect(isFailed).toEqual([true, false, true]);
    const second = await call("PutRecords", request, attempt(2, true));
    expect(second.value.Records.map(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode)).toEqual(
      isFailed.map((failed) => (failed ? "ProvisionedThroughputExceededException" : undefined)),
    );
    const third = await call("PutRecords", request, attempt(3));
    expect(third.value.FailedRecordCount).toBe(0);
    expect(await call("PutRecords", request, attempt(4))).toEqual(third);
    expect(await head(0)).toMatchObject({ blockIndex: 2 });
    expect(await head(1)).toMatchObject({ recordCount: 1 });
  });

  it("writes one proof for a call over many shards, and its blocks behind it", async () => {
    const { call, context } = await withStream({ ShardCount: 8 });
    const { append } = context;
    const steps: string[] = [];
    const noting = {
      append: {
        ...append,
        log: {
          ...append.log,
          reserve: (...args: Parameters<LogStore["reserve"]>) => {
            steps.push("reserve");
            return append.log.reserve(...args);
          },
          write: (...args: Parameters<LogStore["write"]>) => {
            steps.push("write");
            return append.log.write(...args);
          },
        },
        proofs: {
          ...append.proofs!,
          replace: (...args: Parameters<ProofStore["replace"]>) => {
            steps.push("prove");
            return append.proofs!.replace(...args);
          },
        },
      },
    };
    const records = Array.from({ length: 100 }, (_, i) => ["x", `key ${i}`] as const);
    const producerRequest = { callId: new Uint8Array(32).fill(9), attempt: 1 };
    const { value } = await call("PutRecords", puts(...records), { ...noting, producerRequest });
    expect(value.FailedRecordCount).toBe(0);
    const times = (step: string) => Array.from({ length: 8 }, () => step);
    expect(steps).toEqual([...times("reserve"), "prove", ...times("write")]);
  });

  it("repeats the answer of an attempt whose records went partly by an older map", async () => {
    const { call, context, log, head } = await withStream({ ShardCount: 2 });
    const request = puts(["x", "a"], ["y", "b"], ["z", "é"]);
    const producerRequest = { callId: new Uint8Array(32).fill(7), attempt: 1 };
    // The second shard is merged away under the first attempt: what was its own goes to the child alone.
    const resharding = reserving(context, async (shard, append) => {
      if (shard.endsWith("0001")) {
        await call("MergeShards", {
          StreamName,
          ShardToMerge: "shardId-000000000000",
          AdjacentShardToMerge: "shardId-000000000001",
        });
      }
      return log.reserve(shard, append);
    });
    const first = await call("PutRecords", request, { ...resharding, producerRequest });
    expect(first.value.FailedRecordCount).toBe(0);
    expect(await head(2)).toMatchObject({ recordCount: 1 });
    const again = { ...producerRequest, attempt: 2 };
    expect(await call("PutRecords", request, { producerRequest: again })).toEqual(first);
    expect(await head(2)).toMatchObject({ recordCount: 1 });
  });

  it("goes into a stream that was made anew meanwhile, once for all attempts", async () => {
    const { call, create, context, log, dataStreams } = await withStream();
    const request = puts(["x", "a"]);
    const attempt = (n: number) => ({
      producerRequest: { callId: new Uint8Array(32).fill(6), attempt: n },
    });
    let isFirst = true;
    const recreating = reserving(context, async (shard, append) => {
      const isMeanwhile = isFirst;
      isFirst = false;
      if (isMeanwhile) {
        await call("DeleteStream", { StreamName });
        await create(StreamName, { ShardCount: 1 });
      }
      return log.reserve(shard, append);
    });
    const first = await call("PutRecords", request, { ...recreating, ...attempt(1) });
    expect(first.value.FailedRecordCount).toBe(0);
    expect(await call("PutRecords", request, attempt(2))).toEqual(first);
    const stream = (await dataStreams.get(StreamName)) as DataStream;
    expect(await log.head(dataShardKey(stream, 0))).toMatchObject({ recordCount: 1 });
  });

  it("places again only what met a closed shard", async () => {
    const { call, head } = await withStream({ ShardCount: 2 });
    const request = puts(["x", "a"], ["y", "b"]);
    await call("PutRecords", request);
    await call("SplitShard", {
      StreamName,
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: String(2n ** 126n),
    });
    const { value } = await call("PutRecords", request);
    expect(value.FailedRecordCount).toBe(0);
    const heads = await Promise.all([0, 1, 2, 3].map(head));
    expect(heads.map((each) => each?.recordCount)).toEqual([1, 2, 1, 0]);
  });

  it("fails the records of a shard whose append failed, and the call when all did", async () => {
    const { call, context, log } = await withStream({ ShardCount: 2 });
    const failing = reserving(context, async (shard, append) => {
      if (shard.endsWith("0000")) throw new Error("out of order");
      return log.reserve(shard, append);
    });
    const { value } = await call("PutRecords", puts(["x", "a"], ["y", "b"]), failing);
    expect(value.FailedRecordCount).toBe(1);
    expect(value.Records[0]).toEqual({
      ErrorCode: "InternalFailure",
      ErrorMessage: "Internal service failure.",
    });
    await expect(call("PutRecords", puts(["x", "a"]), failing)).rejects.toThrow("out of order");
  });
});
