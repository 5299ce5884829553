import { describe, expect, it } from "vitest";
import { type DataStream, dataShardKey } from "../../../../src/streams/stream.ts";
import type { harness } from "./harness.ts";
import { missing, SHARD, StreamName, textsOf, withStream } from "./stream-to-read.ts";

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
