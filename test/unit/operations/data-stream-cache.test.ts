import { describe, expect, it } from "vitest";
import {
  DATA_STREAM_CACHE_BUSY_AGE_MS,
  DATA_STREAM_CACHE_MAX_AGE_MS,
} from "../../../src/limits.ts";
import { dataStreamCache } from "../../../src/operations/data-stream-cache.ts";
import { harness } from "./kinesis/harness.ts";

async function setUp() {
  const world = harness();
  let reads = 0;
  const dataStreams = {
    ...world.dataStreams,
    get: (name: string) => {
      reads++;
      return world.dataStreams.get(name);
    },
  };
  const cache = dataStreamCache({ ...world.context, dataStreams });
  return { ...world, cache, readCount: () => reads };
}

/** The stream before its shards and after them. */
const READS = 2;

describe("the cache of data streams", () => {
  it("asks the store once in a few seconds", async () => {
    const { create, cache, readCount, advance } = await setUp();
    await create("clicks", { ShardCount: 2 });
    expect((await cache.get("clicks"))?.shards).toHaveLength(2);
    advance(DATA_STREAM_CACHE_MAX_AGE_MS - 1);
    await cache.get("clicks");
    expect(readCount()).toBe(READS);
    advance(1);
    await cache.get("clicks");
    expect(readCount()).toBe(2 * READS);
  });

  it("looks a stream up for policies with no read beside those of the call itself", async () => {
    const { create, cache, readCount, advance } = await setUp();
    await create("clicks");
    expect((await cache.look("clicks"))?.name).toBe("clicks");
    await cache.get("clicks");
    expect(readCount()).toBe(READS);
    await cache.look("clicks");
    advance(DATA_STREAM_CACHE_MAX_AGE_MS);
    await cache.look("clicks");
    await cache.get("clicks");
    expect(readCount()).toBe(2 * READS);
  });

  it("looks a stream up while the store cannot be asked, for some seconds", async () => {
    const { create, context, dataStreams, advance } = await setUp();
    await create("clicks");
    let isBusy = false;
    const get = (name: string) =>
      isBusy ? Promise.reject(new Error("too busy")) : dataStreams.get(name);
    const cache = dataStreamCache({ ...context, dataStreams: { ...dataStreams, get } });
    await cache.look("clicks");
    isBusy = true;
    advance(DATA_STREAM_CACHE_MAX_AGE_MS);
    expect((await cache.look("clicks"))?.name).toBe("clicks");
    advance(DATA_STREAM_CACHE_BUSY_AGE_MS - DATA_STREAM_CACHE_MAX_AGE_MS);
    await expect(cache.look("clicks")).rejects.toThrow("too busy");
  });

  it("relies for some seconds more on what it knows while the store cannot be asked", async () => {
    const { create, context, dataStreams, advance } = await setUp();
    await create("clicks", { ShardCount: 2 });
    const store = { isBusy: false };
    const get = (name: string) =>
      store.isBusy ? Promise.reject(new Error("too busy")) : dataStreams.get(name);
    const cache = dataStreamCache({ ...context, dataStreams: { ...dataStreams, get } });
    await cache.get("clicks");
    store.isBusy = true;
    advance(DATA_STREAM_CACHE_MAX_AGE_MS);
    expect((await cache.get("clicks"))?.shards).toHaveLength(2);
    expect((await cache.get("clicks"))?.shards).toHaveLength(2);
    await expect(cache.refresh("clicks")).rejects.toThrow("too busy");
    await expect(cache.get("clicks")).rejects.toThrow("too busy");
    store.isBusy = false;
    await cache.get("clicks");
    store.isBusy = true;
    advance(DATA_STREAM_CACHE_BUSY_AGE_MS);
    await expect(cache.get("clicks")).rejects.toThrow("too busy");
  });

  it("takes no shards of a stream that changed while they were read", async () => {
    const { create, context, dataStreams } = await setUp();
    await create("clicks", { ShardCount: 1 });
    const stream = (await dataStreams.get("clicks"))!;
    let isFirst = true;
    const racing = {
      ...dataStreams,
      async shards(of: Parameters<typeof dataStreams.shards>[0]) {
        const shards = await dataStreams.shards(of);
        if (isFirst)
          await dataStreams.update({
            ...stream,
            revision: stream.revision + 1,
            retentionHours: 48,
          });
        isFirst = false;
        return shards;
      },
    };
    const cache = dataStreamCache({ ...context, dataStreams: racing });
    expect((await cache.get("clicks"))?.stream.retentionHours).toBe(48);
  });

  it("remembers no name that does not exist", async () => {
    const { create, cache } = await setUp();
    expect(await cache.get("clicks")).toBeUndefined();
    await create("clicks");
    expect((await cache.get("clicks"))?.stream.name).toBe("clicks");
  });

  it("remembers no stream in the midst of a change", async () => {
    const { create, cache, dataStreams, readCount } = await setUp();
    await create("clicks");
    const stream = (await dataStreams.get("clicks"))!;
    await dataStreams.update({ ...stream, revision: stream.revision + 1, status: "DELETING" });
    await cache.get("clicks");
    await cache.get("clicks");
    expect(readCount()).toBeGreaterThanOrEqual(2);
  });

  it("forgets, and asks when it is told to", async () => {
    const { create, cache, readCount } = await setUp();
    await create("clicks");
    await cache.get("clicks");
    cache.forget("clicks");
    await cache.get("clicks");
    await cache.refresh("clicks");
    expect(readCount()).toBe(3 * READS);
  });
});
