import { describe, expect, it } from "vitest";
import type { DeliveryStream } from "../../../src/delivery/delivery-stream.ts";
import { firstLanes } from "../../../src/delivery/lanes.ts";
import { STREAM_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";
import { streamCache } from "../../../src/operations/stream-cache.ts";

function setUp(stream: DeliveryStream | undefined) {
  let nowMs = 0;
  const state = { stream, reads: 0 };
  const store = {
    get: async () => {
      state.reads++;
      return state.stream;
    },
  };
  const cache = streamCache(store, { now: () => nowMs, sleep: () => Promise.resolve() });
  const walkTo = (atMs: number) => {
    nowMs = atMs;
  };
  return { state, cache, walkTo };
}

const stream: DeliveryStream = {
  name: "access-logs",
  generation: "5c1f09ab27de4410",
  versionId: 1,
  createdAtMs: 0,
  lanes: firstLanes(0),
  destination: {
    roleArn: "arn:aws:iam::000000000000:role/r",
    bucketArn: "arn:aws:s3:::b",
    bufferSizeMiB: 5,
    bufferIntervalSeconds: 300,
    compression: "UNCOMPRESSED",
  },
};

describe("the stream cache", () => {
  it("asks the store once a minute", async () => {
    const { state, cache, walkTo } = setUp(stream);
    await cache.get("access-logs");
    walkTo(STREAM_CACHE_MAX_AGE_MS - 1);
    expect(await cache.get("access-logs")).toBe(stream);
    expect(state.reads).toBe(1);
    walkTo(STREAM_CACHE_MAX_AGE_MS);
    await cache.get("access-logs");
    expect(state.reads).toBe(2);
  });

  it("asks again when told to", async () => {
    const { state, cache } = setUp(stream);
    await cache.get("access-logs");
    state.stream = { ...stream, generation: "0000000000000000" };
    expect((await cache.refresh("access-logs"))?.generation).toBe("0000000000000000");
    expect((await cache.get("access-logs"))?.generation).toBe("0000000000000000");
    cache.forget("access-logs");
    await cache.get("access-logs");
    expect(state.reads).toBe(3);
  });

  it("does not remember that a stream is missing", async () => {
    const { state, cache } = setUp(undefined);
    expect(await cache.get("access-logs")).toBeUndefined();
    state.stream = stream;
    expect(await cache.get("access-logs")).toBe(stream);
    state.stream = undefined;
    expect(await cache.refresh("access-logs")).toBeUndefined();
    expect(await cache.get("access-logs")).toBeUndefined();
  });
});
