import { describe, expect, it } from "vitest";
import { planRelief, relieve } from "../../../src/streams/on-demand.ts";
import { initialShards, openShards } from "../../../src/streams/shard-map.ts";
import type { DataStream } from "../../../src/streams/stream.ts";
import { NOW_MS, world } from "./reshard-world.ts";

const MINUTE_MS = 60_000;

async function onDemand(shardCount: number) {
  const made = await world(shardCount);
  const stream: DataStream = { ...made.stream, mode: "ON_DEMAND" };
  return { ...made, stream, shards: await made.shards() };
}

describe("a shard of an on-demand stream that is at its limit", () => {
  it("is split in the middle, and its neighbours stay", async () => {
    const { stream, shards } = await onDemand(4);
    const plan = planRelief({ stream, shards, shardIndexes: [1] }, NOW_MS + MINUTE_MS);
    expect(plan?.parentIndexes).toEqual([1]);
    const [lower, upper] = plan!.children;
    expect(lower).toMatchObject({ index: 4, parentIndex: 1, range: { start: 2n ** 126n } });
    expect(upper).toMatchObject({ index: 5, parentIndex: 1, range: { start: 3n * 2n ** 125n } });
    expect(upper?.range.end).toBe(2n ** 127n - 1n);
  });

  it("is split together with others that are", async () => {
    const { stream, shards } = await onDemand(4);
    const plan = planRelief({ stream, shards, shardIndexes: [3, 0] }, NOW_MS + MINUTE_MS);
    expect(plan?.parentIndexes).toEqual([0, 3]);
    expect(plan?.children.map(({ index }) => index)).toEqual([4, 5, 6, 7]);
  });

  it("stays while it is younger than a minute", async () => {
    const { stream, shards } = await onDemand(1);
    const full = { stream, shards, shardIndexes: [0] };
    expect(planRelief(full, NOW_MS + MINUTE_MS - 1)).toBeUndefined();
    expect(planRelief(full, NOW_MS + MINUTE_MS)).toBeDefined();
  });

  it("stays when the stream has as many shards as it may", async () => {
    const { stream } = await onDemand(1);
    const split = (count: number) =>
      planRelief(
        { stream, shards: initialShards(count, NOW_MS), shardIndexes: [0, 1, 2] },
        NOW_MS + MINUTE_MS,
      )?.parentIndexes;
    expect(split(200)).toBeUndefined();
    expect(split(198)).toEqual([0, 1]);
  });

  it("stays when it is provisioned, closed, or too narrow, or the stream is changing", async () => {
    const { stream, shards } = await onDemand(1);
    const nowMs = NOW_MS + MINUTE_MS;
    const full = { stream, shards, shardIndexes: [0] };
    const provisioned: DataStream = { ...stream, mode: "PROVISIONED" };
    expect(planRelief({ ...full, stream: provisioned }, nowMs)).toBeUndefined();
    expect(
      planRelief({ ...full, stream: { ...stream, status: "UPDATING" } }, nowMs),
    ).toBeUndefined();
    const closed = shards.map((shard) => ({
      ...shard,
      closed: { atMs: 0, finalBlockIndex: 0, childIndexes: [] },
    }));
    expect(planRelief({ ...full, shards: closed }, nowMs)).toBeUndefined();
    const narrow = shards.map((shard) => ({ ...shard, range: { start: 0n, end: 1n } }));
    expect(planRelief({ ...full, shards: narrow }, nowMs)).toBeUndefined();
  });

  it("is split once, however many puts find it full", async () => {
    const made = await onDemand(2);
    await made.dataStreams.update({ ...made.stream, revision: 2 });
    await made.clock.sleep(MINUTE_MS);
    const throttled = { stream: await made.current(), shards: made.shards, shardIndexes: [1] };
    const results = await Promise.all([1, 2, 3].map(() => relieve(made.ports, throttled)));
    expect(results.filter(Boolean)).toHaveLength(1);
    await made.expectAtRest();
    const shards = await made.dataStreams.shards(made.stream);
    expect(openShards(shards).map(({ index }) => index)).toEqual([0, 2, 3]);
  });
});
