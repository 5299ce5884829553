import { describe, expect, it } from "vitest";
import { dataShardKey, type Shard } from "../../../src/streams/stream.ts";
import { beginReshard, resumeReshard } from "../../../src/streams/reshard.ts";
import { nextWave } from "../../../src/streams/scaling-wave.ts";
import { openShards } from "../../../src/streams/shard-map.ts";
import { mergeShards, type Reshard, splitShard } from "../../../src/streams/split-and-merge.ts";
import { mortal, ProcessDied } from "../../helpers/faulty-ports.ts";
import { NOW_MS, TRANSITION_MS, world, type World } from "./reshard-world.ts";

const MIDDLE = 2n ** 127n;

async function planSplit({ shards }: World, at = MIDDLE): Promise<Reshard> {
  const known = await shards();
  const parent = openShards(known).findLast(({ range }) => range.start <= at) as Shard;
  return splitShard(parent, at, { nextIndex: known.length, nowMs: NOW_MS })!;
}

async function planMerge({ shards }: World): Promise<Reshard> {
  const known = await shards();
  const [lower, upper] = openShards(known) as [Shard, Shard];
  return mergeShards(lower, upper, { nextIndex: known.length, nowMs: NOW_MS })!;
}

describe("a reshard", () => {
  it("closes the parent of a split where its log ends, and opens two children", async () => {
    const made = await world(1);
    const append = { recordCount: 2, byteCount: 2 };
    await made.log.reserve(dataShardKey(made.stream, 0), append);
    await made.log.reserve(dataShardKey(made.stream, 0), append);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    expect(begun).toMatchObject({ status: "UPDATING", revision: 2 });
    const done = await resumeReshard(made.ports, begun!);
    await made.expectAtRest();
    expect(await made.current()).toEqual(done);
    expect(done?.settledAtMs).toBe(NOW_MS + TRANSITION_MS);
    const [parent, lower, upper] = await made.shards();
    expect(parent?.closed).toEqual({ atMs: NOW_MS, finalBlockIndex: 2, childIndexes: [1, 2] });
    expect(lower).toMatchObject({ index: 1, parentIndex: 0, createdAtMs: NOW_MS + 1000 });
    expect(upper).toMatchObject({ index: 2, parentIndex: 0, range: { start: MIDDLE } });
    expect(await made.log.reserve(dataShardKey(made.stream, 0), append)).toEqual({
      kind: "closed",
    });
    expect(await made.log.reserve(dataShardKey(made.stream, 1), append)).toMatchObject({
      kind: "reserved",
      blockIndex: 0,
    });
  });

  it("closes both parents of a merge", async () => {
    const made = await world(2);
    const begun = await beginReshard(made.ports, made.stream, await planMerge(made));
    await resumeReshard(made.ports, begun!);
    await made.expectAtRest();
    const child = { index: 2, parentIndex: 0, adjacentParentIndex: 1 };
    expect(openShards(await made.shards())).toMatchObject([child]);
  });

  it("is not begun while another is pending, or on a stream that was changed meanwhile", async () => {
    const made = await world(1);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    expect(await beginReshard(made.ports, begun!, await planSplit(made))).toBeUndefined();
    expect(await beginReshard(made.ports, made.stream, await planSplit(made))).toBeUndefined();
  });

  it("keeps what was changed on the stream while it was under way", async () => {
    const made = await world(1);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    await made.dataStreams.update({ ...begun!, revision: 3, tags: { team: "a" } });
    expect(await resumeReshard(made.ports, begun!)).toMatchObject({
      revision: 4,
      status: "ACTIVE",
      tags: { team: "a" },
    });
    await made.expectAtRest();
  });

  it("answers what others have made of the stream when it comes too late", async () => {
    const made = await world(1);
    const first = await beginReshard(made.ports, made.stream, await planSplit(made));
    const done = await resumeReshard(made.ports, first!);
    const second = await beginReshard(made.ports, done!, await planMerge(made));
    expect(await resumeReshard(made.ports, first!)).toMatchObject({
      status: "ACTIVE",
      revision: 5,
    });
    expect(second?.revision).toBe(4);
    await made.expectAtRest();
    expect(await made.shards()).toHaveLength(4);
  });

  it("leaves nothing behind when the stream is deleted under its hands", async () => {
    const made = await world(1);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    const dataStreams = { ...made.dataStreams };
    dataStreams.addShards = async (...args) => {
      await made.dataStreams.remove(begun!);
      return made.dataStreams.addShards(...args);
    };
    dataStreams.close = async () => {
      throw new Error("no such shard");
    };
    expect(await resumeReshard(made.portsOn(dataStreams), begun!)).toBeUndefined();
    expect(await made.shards()).toEqual([]);
    expect(await made.dataStreams.get(made.stream.name)).toBeUndefined();
  });

  it("does not bring a stream back that is being deleted", async () => {
    const made = await world(1);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    const deleting = { ...begun!, revision: 3, status: "DELETING" as const };
    await made.dataStreams.update(deleting);
    expect(await resumeReshard(made.ports, begun!)).toEqual(deleting);
    expect(await resumeReshard(made.ports, deleting)).toEqual(deleting);
    expect(await made.current()).toEqual(deleting);
  });

  it("passes on what goes wrong", async () => {
    const made = await world(1);
    const begun = await beginReshard(made.ports, made.stream, await planSplit(made));
    const ports = made.portsOn(mortal(made.dataStreams, 1, "before"));
    const broken = { ...ports, dataStreams: { ...ports.dataStreams, get: made.dataStreams.get } };
    await expect(resumeReshard(broken, begun!)).rejects.toThrow(ProcessDied);
  });
});

describe("a scaling", () => {
  async function scale(made: World, targetShardCount: number, ports = made.ports) {
    const stream = await made.current();
    const known = await made.shards();
    const scaling = { targetShardCount, firstNewIndex: known.length };
    const moment = { nextIndex: known.length, nowMs: made.clock.now() };
    const wave = nextWave(known, scaling, moment);
    if (wave === undefined || wave === "too-large") throw new Error(String(wave));
    const begun = await beginReshard(ports, stream, wave, scaling);
    return begun && resumeReshard(ports, begun);
  }

  it.each([
    [1, 2],
    [2, 3],
    [3, 2],
    [40, 80],
    [80, 40],
    [50, 75],
    [7, 5],
  ])("goes from %i shards to %i, and leaves none of the old ones open", async (from, to) => {
    const made = await world(from);
    await scale(made, to);
    await made.expectAtRest();
    const open = openShards(await made.shards());
    expect(open).toHaveLength(to);
    expect(open.every(({ index }) => index >= from)).toBe(true);
    const widths = open.map(({ range }) => range.end - range.start);
    const ideal = 2n ** 128n / BigInt(to);
    expect(widths.every((width) => width - ideal < 2n ** 40n && ideal - width < 2n ** 40n)).toBe(
      true,
    );
  });

  it("goes in waves, so that few producers wait at a time", async () => {
    const made = await world(40);
    const pendings = new Set<number>();
    const dataStreams = { ...made.dataStreams };
    dataStreams.addShards = (stream, shards) => {
      pendings.add(shards.length);
      return made.dataStreams.addShards(stream, shards);
    };
    await scale(made, 80, made.portsOn(dataStreams));
    expect(Math.max(...pendings)).toBe(32);
  });

  it("asks for all of the stream's shards once, however many waves it takes", async () => {
    const made = await world(100);
    let askedCount = 0;
    const dataStreams = { ...made.dataStreams };
    dataStreams.shards = (stream) => {
      askedCount += 1;
      return made.dataStreams.shards(stream);
    };
    await scale(made, 200, made.portsOn(dataStreams));
    await made.expectAtRest();
    expect(askedCount).toBe(1);
  });

  it("stops between two waves when its time is over, with every key in place, and goes on later", async () => {
    const made = await world(100);
    const dataStreams = { ...made.dataStreams };
    dataStreams.addShards = async (...args) => {
      await made.clock.sleep(2000);
      return made.dataStreams.addShards(...args);
    };
    const left = await scale(made, 200, made.portsOn(dataStreams));
    expect(left).toMatchObject({ status: "UPDATING" });
    expect(left?.pendingReshard?.scaling).toEqual({ targetShardCount: 200, firstNewIndex: 100 });
    const open = openShards(await made.shards());
    expect(open).toHaveLength(100 + 3 * 16);
    expect(
      open.every(({ range }, i) => i === 0 || open[i - 1]?.range.end === range.start - 1n),
    ).toBe(true);
    await resumeReshard(made.ports, left!);
    await made.expectAtRest();
    expect(openShards(await made.shards())).toHaveLength(200);
  });

  it("says so when a step is too large to be noted", async () => {
    const made = await world(901);
    const scaling = { targetShardCount: 1801, firstNewIndex: 901 };
    const moment = { nextIndex: 901, nowMs: NOW_MS };
    expect(nextWave(await made.shards(), scaling, moment)).toBe("too-large");
  });

  it.each(["before", "after"] as const)(
    "is finished by another process when its own died %s any of its calls had its effect",
    async (when) => {
      for (let at = 1; ; at++) {
        const made = await world(3);
        const died = await scale(made, 5, made.portsOn(mortal(made.dataStreams, at, when)))
          .then(() => false)
          .catch((error: unknown) => error instanceof ProcessDied);
        const standing = await made.current();
        if (standing.pendingReshard !== undefined) await resumeReshard(made.ports, standing);
        await made.expectAtRest();
        const wasBegun = standing.revision > 1;
        expect(openShards(await made.shards())).toHaveLength(wasBegun ? 5 : 3);
        if (!died) return;
      }
    },
  );
});
