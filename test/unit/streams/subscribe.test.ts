import { expect, it } from "vitest";
import { memorySubscriptions } from "../../../src/storage/memory/subscriptions.ts";
import { dataShardKey } from "../../../src/streams/stream.ts";
import { followShard } from "../../../src/streams/subscribe.ts";
import { arnOf, harness } from "../operations/kinesis/harness.ts";

const MIB = 1024 * 1024;

it("ends early when it has sent as much as Lambda streams", async () => {
  const { call, context, create } = harness();
  await create("s");
  await call("RegisterStreamConsumer", { StreamARN: arnOf("s"), ConsumerName: "c" });
  for (const text of ["a", "b", "c"]) {
    const Data = Buffer.from(text).toString("base64");
    await call("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  }
  const { stream, shards } = (await context.dataStreamCache.refresh("s"))!;
  const [shard] = shards;
  const place = { shard: dataShardKey(stream, 0), consumerId: "c" };
  const subscriptions = memorySubscriptions();
  const nowMs = context.clock.now();
  await subscriptions.claim(place, {
    token: "t",
    nowMs,
    takeOverBeforeMs: nowMs,
    callBeforeMs: nowMs,
    overByMs: nowMs,
  });
  const events = followShard(
    {
      ...context,
      subscriptions,
      view: () => context.dataStreamCache.get("s"),
      refresh: () => context.dataStreamCache.refresh("s"),
    },
    {
      generation: stream.generation,
      consumer: stream.consumers![0]!,
      shard: shard!,
      place,
      token: "t",
      start: { kind: "record", blockIndex: 0, position: 0 },
      // As if each record were that large.
      bounds: { recordCount: 10, byteCount: MIB, bytesOf: () => 80 * MIB },
      signal: new AbortController().signal,
    },
  );
  const texts: string[] = [];
  for await (const event of events) {
    if (event.kind !== "records") throw new Error(`unexpected ${event.kind}`);
    texts.push(...event.page.records.map(({ data }) => Buffer.from(data).toString()));
  }
  expect(texts).toEqual(["a", "b"]);
});
