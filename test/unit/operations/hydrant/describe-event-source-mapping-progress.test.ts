import { describe, expect, it } from "vitest";
import { consumerReaderId } from "../../../../src/consumer/mapping.ts";
import type { Progress } from "../../../../src/consumer/progress.ts";
import { dataShardKey } from "../../../../src/streams/stream.ts";
import { createdMapping, CREATED_SECONDS, harness, NOT_FOUND } from "./harness.ts";

describe("DescribeEventSourceMappingProgress", () => {
  it("tells of every shard that is read, page by page", async () => {
    const { call, UUID, callKinesis, settle } = await createdMapping({
      StartingPosition: "TRIM_HORIZON",
    });
    await callKinesis("PutRecord", { StreamName: "clicks", PartitionKey: "a", Data: "aGk=" });
    await settle();
    const pages: unknown[] = [];
    let Marker: string | undefined;
    do {
      const { value } = await call("DescribeEventSourceMappingProgress", {
        UUID,
        MaxItems: 1,
        Marker,
      });
      pages.push(value.Shards);
      Marker = value.NextMarker;
    } while (Marker !== undefined);
    const shard = (index: number, RecordsBehind: number) => ({
      ShardId: `shardId-00000000000${index}`,
      State: "reading",
      RecordsBehind,
      IteratorAgeMilliseconds: 0,
    });
    expect(pages).toEqual([[shard(0, 1)], [shard(1, 0)]]);
  });

  it("does not find what is not there, and has no shards before they are opened", async () => {
    const { call, create } = await harness();
    expect(await call("DescribeEventSourceMappingProgress", { UUID: "none" })).toEqual(NOT_FOUND);
    const { UUID } = (await create()).value;
    expect(await call("DescribeEventSourceMappingProgress", { UUID })).toEqual({
      value: { Shards: [] },
    });
  });

  it("shows the error of a batch that is tried again", async () => {
    const { call, UUID } = await withRetry();
    const { value } = await call("DescribeEventSourceMappingProgress", { UUID });
    expect(value.Shards).toEqual([
      expect.objectContaining({
        ShardId: "shardId-000000000000",
        NextRetry: CREATED_SECONDS + 5,
        LastError: "boom",
      }),
      expect.not.objectContaining({ LastError: "boom" }),
    ]);
  });
});

/** A mapping whose first shard waits to try a batch again. */
async function withRetry() {
  const made = await createdMapping();
  const stream = (await made.dataStreams.get("clicks"))!;
  const shard = dataShardKey(stream, 0);
  const readerId = consumerReaderId(made.UUID);
  const claim = { token: "t", nowMs: 0, untilMs: 1 };
  const acquired = await made.readers.acquire(shard, readerId, claim);
  if (acquired.kind !== "acquired") throw new Error(acquired.kind);
  const place = { blockIndex: 0, byteOffset: 0, recordOffset: 0 };
  const retryAtMs = CREATED_SECONDS * 1000 + 5000;
  const retry = { pieceEnds: [], attemptCount: 1, failureCount: 1, retryAtMs, lastError: "boom" };
  const plan: Progress = { lanes: [{ next: [0, 0, 0], retry }] };
  await made.readers.moveOn(acquired.lease, { checkpoint: place, frontier: place, plan }, 1);
  return made;
}
