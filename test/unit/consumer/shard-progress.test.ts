/** What is said of a mapping's progress while its function works, fails and catches up. */
import { expect, test } from "vitest";
import { shardProgress } from "../../../src/consumer/shard-progress.ts";
import { mappingOfReader } from "../../../src/consumer/mapping.ts";
import { consumerWorld } from "./consumer-world.ts";

async function setUp(options: Parameters<typeof consumerWorld>[0] = {}) {
  const made = await consumerWorld(options);
  const { readerId } = (await made.stateOf())!;
  const mapping = (await made.mappings.get(mappingOfReader(readerId)!))!;
  return {
    ...made,
    progress: (uuid = mapping.uuid) =>
      shardProgress(made.ports, made.keyOf(0), { ...mapping, uuid }, 0),
  };
}

test("a mapping that does not read the shard has no progress there", async () => {
  const { progress } = await setUp();
  expect(await progress("other")).toBeUndefined();
});

test("what arrived and was not handled is counted, and as old as the first of it", async () => {
  const { progress, put, clock, settle } = await setUp();
  expect(await progress()).toEqual({ state: "reading", recordsBehind: 0, iteratorAgeMs: 0 });
  await put(["a:1", "a:2"]);
  await clock.sleep(3000);
  await put(["a:3"]);
  await clock.sleep(1000);
  expect(await progress()).toEqual({ state: "reading", recordsBehind: 3, iteratorAgeMs: 4000 });
  await settle();
  expect(await progress()).toEqual({ state: "reading", recordsBehind: 0, iteratorAgeMs: 0 });
});

test("a batch that fails shows its error and when it is tried again, and keeps what follows", async () => {
  const { progress, put, does, wake, clock } = await setUp({ batchSize: 1 });
  does(({ data }) => {
    if (data.includes("2")) throw new Error("cannot digest 2");
  });
  await put(["a:1", "a:2"]);
  await put(["a:3"]);
  const result = await wake();
  if (result.kind !== "retry") throw new Error(result.kind);
  const found = await progress();
  expect(found).toMatchObject({
    state: "reading",
    recordsBehind: 2,
    retry: { lastError: expect.stringContaining("cannot digest 2") as string },
  });
  expect(found!.retry!.retryAtMs).toBeGreaterThan(clock.now() - 1);
});

test("a shard whose records are all read and that is closed has ended", async () => {
  const { progress, readers, stateOf } = await setUp();
  const { shard, readerId } = (await stateOf())!;
  const acquired = await readers.acquire(shard, readerId, { token: "t", nowMs: 0, untilMs: 1 });
  if (acquired.kind !== "acquired") throw new Error(acquired.kind);
  await readers.end(acquired.lease);
  expect(await progress()).toEqual({ state: "ended", recordsBehind: 0, iteratorAgeMs: 0 });
});
