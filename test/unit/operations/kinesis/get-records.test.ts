import { describe, expect, it } from "vitest";
import { memorySubscriptions } from "../../../../src/storage/memory/subscriptions.ts";
import { invalidArgument, NOW_MS, TRANSITION_MS } from "./harness.ts";
import { missing, StreamName, textsOf, withStream } from "./stream-to-read.ts";

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

  it("pages by AWS's 10 MiB where the answer is streamed", async () => {
    const { call, iterator, put, advance } = await withStream();
    const push = { subscriptions: memorySubscriptions(), signal: new AbortController().signal };
    for (let i = 0; i < 11; i++) {
      await put("x".repeat(1024 * 1024 - 1));
      advance(1000);
    }
    const begin = (await iterator("TRIM_HORIZON")).value;
    const { value } = await call("GetRecords", begin, { push });
    expect(value.Records).toHaveLength(10);
    const next = { ShardIterator: value.NextShardIterator };
    expect((await call("GetRecords", next, { push })).value.Records).toHaveLength(1);
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
