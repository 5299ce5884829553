/** What a reader's process asks the store for, of streams with however many shards. */
import { expect, test } from "vitest";
import { DATA_STREAM_CACHE_MAX_AGE_MS } from "../../../src/limits.ts";
import { shardLookup } from "../../../src/streams/shard-lookup.ts";
import { TRANSITION_MS, world } from "./reshard-world.ts";

async function setUp(shardCount: number) {
  const made = await world(shardCount);
  const asked: string[] = [];
  const dataStreams: typeof made.dataStreams = {
    ...made.dataStreams,
    get(name) {
      asked.push(name);
      return made.dataStreams.get(name);
    },
    shard(stream, index) {
      asked.push(`${stream.name} ${index}`);
      return made.dataStreams.shard(stream, index);
    },
    shards: () => Promise.reject(new Error("all shards are asked for")),
  };
  const lookup = shardLookup({ ...made, dataStreams, transitionDelayMs: TRANSITION_MS });
  const askedFor = () => asked.splice(0);
  return { ...made, lookup, askedFor };
}

test("a stream is asked for once in a few seconds, a shard once", async () => {
  const { lookup, stream, askedFor, clock } = await setUp(3);
  const known = await lookup.stream(stream.name);
  expect(known).toEqual(stream);
  for (const index of [1, 1, 2]) {
    expect(await lookup.shard(stream, index)).toMatchObject({ index });
    await lookup.stream(stream.name);
  }
  expect(askedFor()).toEqual(["clicks", "clicks 1", "clicks 2"]);
  await clock.sleep(DATA_STREAM_CACHE_MAX_AGE_MS);
  await lookup.stream(stream.name);
  await lookup.shard(stream, 2);
  expect(askedFor()).toEqual(["clicks"]);
});

test("what is not there, or in the midst of a change, is asked for each time", async () => {
  const { lookup, stream, askedFor, split, dataStreams, current } = await setUp(1);
  expect(await lookup.shard(stream, 2)).toBeUndefined();
  await split(0);
  expect(await lookup.shard(stream, 2)).toMatchObject({ index: 2, parentIndex: 0 });
  const standing = await current();
  await dataStreams.update({ ...standing, revision: standing.revision + 1, status: "UPDATING" });
  await lookup.stream(stream.name);
  await lookup.stream(stream.name);
  expect(askedFor()).toEqual(["clicks 2", "clicks 2", "clicks", "clicks"]);
  expect(await lookup.stream("views")).toBeUndefined();
});
