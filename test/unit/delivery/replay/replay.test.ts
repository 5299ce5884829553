import { describe, expect, test } from "vitest";
import { DELIVERY_READER } from "../../../../src/delivery/delivery-stream.ts";
import { tendLanes } from "../../../../src/delivery/lane-change.ts";
import {
  failReplay,
  settleReplays,
  stopReplay,
  stopReplaysOf,
} from "../../../../src/delivery/replay/lifecycle.ts";
import { replayReader } from "../../../../src/delivery/replay/replay.ts";
import {
  ARRIVAL_DISORDER_MAX_MS,
  REPLAY_REFUSED_MAX_MS,
  REPLAY_TURN_MS,
  SETTLE_REPLAY_MAX_TRIES,
  SHARDS_AT_ONCE,
} from "../../../../src/limits.ts";
import { answering, ok, START_MS } from "../deliver-world.ts";
import { TRANSFORM } from "../delivery-ports.ts";
import { replayWorld } from "./world.ts";

const HOUR_MS = 3_600_000;
const STREAM = { streamName: "access-logs", generation: "0123456789abcdef" };
const reportFailure = () => {};

describe("a replay", () => {
  test("of everything gives each lane's bytes again, and leaves what was delivered and the delivery's place alone", async () => {
    const { put, wakeAll, start, finish, under, lanes, checkpoint, objects, tally } =
      await replayWorld();
    for (let i = 0; i < 30; i++) await put(i % 2, `${i % 2}:${i}`.padEnd(200, "."));
    await wakeAll(DELIVERY_READER);
    const delivered = under("2026/");
    const before = objects.list();
    const places = await Promise.all(lanes.map((lane) => checkpoint(lane, DELIVERY_READER)));
    const replay = await start({});
    await finish(replay);
    const again = under("r1/");
    const ofLane = (texts: readonly string[], lane: number) =>
      texts.filter((text) => text.startsWith(`${lane}:`)).join("");
    for (const lane of [0, 1]) expect(ofLane(again, lane)).toBe(ofLane(delivered, lane));
    expect(objects.list()).toEqual(expect.arrayContaining([...before]));
    for (const [i, lane] of lanes.entries()) {
      expect(await checkpoint(lane, DELIVERY_READER)).toEqual(places[i]);
    }
    expect(await tally(replay)).toEqual({ records: 30, objects: again.length, expired: 0 });
  });

  test("to the same target stands beside what was delivered", async () => {
    const { put, wakeAll, start, finish, under } = await replayWorld(1);
    await put(0, "abc");
    await wakeAll(DELIVERY_READER);
    for (const id of ["r1", "r2"]) await finish(await start({}, { prefix: "2026/" }, id));
    expect(under("2026/")).toEqual(["abc", "abc", "abc"]);
  });

  test("ends where the log ended when it began, and is COMPLETED then", async () => {
    const { put, start, finish, under, replays, clock, lanes, readers } = await replayWorld(1);
    await put(0, "before");
    const replay = await start({});
    await put(0, "after");
    await clock.sleep(5000);
    await finish(replay);
    expect(under("r1/")).toEqual(["before"]);
    expect(await replays.get(replay)).toMatchObject({
      state: "COMPLETED",
      endedAtMs: clock.now(),
    });
    expect((await readers.list(lanes[0]!)).map(({ readerId }) => readerId)).toEqual([
      DELIVERY_READER,
    ]);
  });

  test.each([
    ["", {}],
    [", a function and turns that are over with each flush", { transform: TRANSFORM }],
  ])(
    "with partitions%s gives objects about as large as the hint, but the last of each",
    async (name, over) => {
      const rig = await replayWorld(1, answering(ok));
      const { put, start, finish, objects, clock, spool } = rig;
      const line = (i: number) => `${JSON.stringify({ p: i % 3, i }).padEnd(99)}\n`;
      for (let i = 0; i < 120; i += 4) await put(0, ...[0, 1, 2, 3].map((j) => line(i + j)));
      await clock.sleep(HOUR_MS);
      const replay = await start(
        {},
        {
          prefix: "r1/!{partitionKeyFromQuery:p}/",
          partitioning: { retrySeconds: 300 },
          stages: { metadataQuery: "{p: .p}" },
          ...over,
        },
      );
      const slowly = {
        ...spool,
        async put(bytes: Uint8Array) {
          await clock.sleep(REPLAY_TURN_MS);
          return spool.put(bytes);
        },
      };
      await finish(replay, name === "" ? {} : { spool: slowly });
      for (const p of [0, 1, 2]) {
        const texts = objects
          .list()
          .filter(({ key }) => key.startsWith(`r1/${p}/`))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1))
          .map(({ body }) => Buffer.from(body).toString());
        expect(texts.join("")).toBe(Array.from({ length: 40 }, (_, i) => line(3 * i + p)).join(""));
        // The hint is of 1,000 bytes.
        expect(texts.map(({ length }) => length)).toEqual([1000, 1000, 1000, 1000]);
      }
    },
  );

  test("of nothing is COMPLETED at once", async () => {
    const { start, replays } = await replayWorld();
    expect(await replays.get(await start({}))).toMatchObject({ state: "COMPLETED" });
  });

  test("takes what arrived from a time on and before another, whatever the disorder", async () => {
    const { put, start, finish, under, clock } = await replayWorld(1);
    const texts: string[] = [];
    const step = ARRIVAL_DISORDER_MAX_MS / 4;
    for (let i = 0; i < 40; i++) {
      texts.push(`${i};`);
      await put(0, `${i};`);
      await clock.sleep(step);
    }
    const at = (i: number) => ({ kind: "time", atMs: START_MS + i * step }) as const;
    await finish(await start({ from: at(11), to: at(29) }));
    expect(under("r1/").join("")).toBe(texts.slice(11, 29).join(""));
  });

  test("takes the records from one to another, both included, within their blocks", async () => {
    const { put, start, finish, under, tally } = await replayWorld(2);
    await put(0, "other lane");
    await put(1, "a", "b", "c");
    await put(1, "d");
    await put(1, "e", "f", "g");
    const record = (blockIndex: number, position: number) =>
      ({ kind: "record", shardIndex: 1, blockIndex, position }) as const;
    const some = await start({ from: record(0, 1), to: record(2, 1) });
    await finish(some);
    expect(under("r1/")).toEqual(["bcdef"]);
    expect(await tally(some)).toMatchObject({ records: 5 });
    const one = await start({ from: record(2, 1), to: record(2, 1) }, {}, "r2");
    await finish(one);
    expect(under("r2/")).toEqual(["f"]);
    expect(await tally(one)).toMatchObject({ records: 1 });
  });

  test("from a record that has expired since it was asked for takes what is behind it", async () => {
    const { put, start, finish, under, clock, tally } = await replayWorld(1);
    await put(0, "a", "b");
    await clock.sleep(23 * HOUR_MS);
    await put(0, "c");
    await clock.sleep(2 * HOUR_MS);
    const from = { kind: "record", shardIndex: 0, blockIndex: 0, position: 1 } as const;
    const replay = await start({ from });
    await finish(replay);
    expect(under("r1/")).toEqual(["c"]);
    expect(await tally(replay)).toMatchObject({ records: 1 });
  });

  test("gives a transform the ids that the records had the first time", async () => {
    const seen: string[][] = [];
    const made = await replayWorld(1, (event) => {
      const { records } = event as { records: { recordId: string }[] };
      seen.push(records.map(({ recordId }) => recordId));
      return answering((text) => ok(text.toUpperCase()))(event);
    });
    await made.put(0, "a", "b", "c");
    await made.finish(await made.start({}, { transform: TRANSFORM }));
    const record = { kind: "record", shardIndex: 0, blockIndex: 0, position: 1 } as const;
    await made.finish(await made.start({ from: record }, { transform: TRANSFORM }, "r2"));
    expect(made.under("r2/")).toEqual(["BC"]);
    expect(seen[1]).toEqual(seen[0]?.slice(1));
  });

  test("reads lanes that are gone", async () => {
    const { put, start, finish, under, ports, stream, clock, wakeAll, lanes } =
      await replayWorld(2);
    await put(0, "stays");
    await put(1, "gone");
    await clock.sleep(5000);
    await wakeAll(DELIVERY_READER);
    const closing = { lane: 1, sinceMs: clock.now() };
    const after = { ...stream, lanes: { ...stream.lanes!, open: [0], closing: [closing] } };
    await ports.deliveryStreams.update(stream, after);
    for (let i = 0; i < 5; i++) {
      await clock.sleep(HOUR_MS / 2);
      await tendLanes(ports, (await ports.deliveryStreams.get(stream.name))!);
    }
    expect((await ports.deliveryStreams.get(stream.name))?.lanes).not.toHaveProperty("closing");
    expect(await ports.readers.list(lanes[1]!)).toEqual([]);
    await finish(await start({}));
    expect(under("r1/").toSorted()).toEqual(["gone", "stays"]);
  });

  test("does not keep a lane that is read to its end, and goes on when it has gone", async () => {
    const { put, start, finish, under, ports, stream, clock, wakeAll, lanes } =
      await replayWorld(2);
    await put(1, "gone");
    await clock.sleep(5000);
    await wakeAll(DELIVERY_READER);
    const replay = await start({});
    const closing = { lane: 1, sinceMs: clock.now() };
    const after = { ...stream, lanes: { ...stream.lanes!, open: [0], closing: [closing] } };
    await ports.deliveryStreams.update(stream, after);
    for (let i = 0; i < 5; i++) {
      await clock.sleep(HOUR_MS / 2);
      await tendLanes(ports, (await ports.deliveryStreams.get(stream.name))!);
    }
    expect((await ports.readers.list(lanes[1]!)).map(({ readerId }) => readerId)).toEqual([
      replayReader(replay),
    ]);
    await finish(replay);
    expect(under("r1/")).toEqual(["gone"]);
  });

  test("counts what expires before it comes there", async () => {
    const { put, start, finish, under, clock, tally } = await replayWorld(1);
    await put(0, "a", "b");
    await put(0, "c");
    await clock.sleep(23 * HOUR_MS);
    await put(0, "d");
    const replay = await start({});
    await clock.sleep(2 * HOUR_MS);
    await finish(replay);
    expect(under("r1/")).toEqual(["d"]);
    expect(await tally(replay)).toEqual({ records: 1, objects: 1, expired: 3 });
  });

  test("keeps the target and the version that it began with", async () => {
    const { put, start, finish, objects, ports, stream } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    const destination = { ...stream.destination, bucketArn: "arn:aws:s3:::other" };
    await ports.deliveryStreams.update(stream, { ...stream, versionId: 2, destination });
    await finish(replay);
    expect(objects.list()).toMatchObject([{ bucket: "logs" }]);
    expect(objects.list()[0]?.key).toContain("/access-logs-1-");
  });
});

describe("a replay that is killed", () => {
  test("before it noted what stands writes and counts nothing twice", async () => {
    const { put, start, finish, under, wakeAll, ports, clock, tally } = await replayWorld(1);
    for (let i = 0; i < 6; i++) await put(0, `${i}`.padEnd(600, "."));
    const replay = await start({});
    const killed = () => Promise.reject(new Error("killed"));
    const readerId = replayReader(replay);
    await wakeAll(readerId, { replays: { ...ports.replays, count: killed } });
    await clock.sleep(60_000);
    await wakeAll(readerId, { readers: { ...ports.readers, advance: killed } });
    await clock.sleep(60_000);
    await finish(replay);
    expect(under("r1/").join("")).toHaveLength(3600);
    expect(await tally(replay)).toEqual({ records: 6, objects: 3, expired: 0 });
  });

  test("at its end is COMPLETED by whoever comes next", async () => {
    const { put, start, replays, wakeAll, ports, clock } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    const killed = () => Promise.reject(new Error("killed"));
    await wakeAll(replayReader(replay), { replays: { ...ports.replays, update: killed } });
    expect(await replays.get(replay)).toMatchObject({ state: "RUNNING" });
    await clock.sleep(60_000);
    await wakeAll(replayReader(replay));
    expect(await replays.get(replay)).toMatchObject({ state: "COMPLETED" });
  });

  test("between the opening of a reader and its ring is rung for by whoever comes next", async () => {
    const { put, start, ports, lanes, replays, clock } = await replayWorld(1);
    await put(0, "abc");
    const rung: string[] = [];
    ports.log.ring = async (shard) => void rung.push(shard);
    const { ring } = ports.log;
    ports.log.ring = () => Promise.reject(new Error("killed"));
    await expect(start({})).rejects.toThrow("killed");
    ports.log.ring = ring;
    expect(await replays.left()).toHaveLength(1);
    await settleReplays({ ...ports, reportFailure }, clock.now() + 60_000);
    expect(rung).toEqual([lanes[0]]);
  });

  test("while it is opened is opened by the sweep", async () => {
    const { put, start, finish, replays, ports, under, clock } = await replayWorld(2);
    await put(0, "abc");
    await put(1, "def");
    const { openPart } = ports.replays;
    let openedCount = 0;
    ports.replays.openPart = (replay, part) => {
      if (openedCount++ === 1) return Promise.reject(new Error("killed"));
      return openPart(replay, part);
    };
    await expect(start({})).rejects.toThrow("killed");
    expect(await settleReplays({ ...ports, reportFailure }, clock.now() + 60_000)).toBe(false);
    expect(await replays.left()).toEqual([]);
    const [replay] = await replays.list(STREAM);
    await finish(replay!);
    expect(under("r1/").toSorted()).toEqual(["abc", "def"]);
  });
});

/** A replay that was begun, as if whoever opens its parts had not come to any. */
async function openedAnew({
  start,
  replays,
}: Pick<Awaited<ReturnType<typeof replayWorld>>, "start" | "replays">) {
  const replay = await start({});
  const standing = await replays.get(replay);
  await replays.update(standing!, { ...standing!, openedBelow: 0 });
  await replays.leave(replay);
  return replay;
}

describe("the sweep over replays that were left", () => {
  test("goes on with the others when it fails at one", async () => {
    const { put, start, ports, replays, clock } = await replayWorld(1);
    await put(0, "abc");
    await start({}, {}, "r1");
    await start({}, {}, "r2");
    for (const replay of await replays.list(STREAM)) await replays.leave(replay);
    const get: typeof replays.get = async (replay) => {
      if (replay.replayId === "r1") throw new Error("busy");
      looked.push(replay.replayId);
      return replays.get(replay);
    };
    const failed: string[] = [];
    const looked: string[] = [];
    const isAnyLeft = await settleReplays(
      {
        ...ports,
        replays: { ...replays, get },
        reportFailure: (place) => void failed.push(place),
      },
      clock.now() + 60_000,
    );
    expect(isAnyLeft).toBe(true);
    expect(failed).toHaveLength(SETTLE_REPLAY_MAX_TRIES);
    expect(failed[0]).toContain("r1");
    expect(looked).toContain("r2");
  });

  test("waits for a busy table, and tries it again", async () => {
    const { put, start, ports, replays, clock } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    await replays.leave(replay);
    const busyUntilMs = clock.now() + 1500;
    const get: typeof replays.get = async (identity) => {
      if (clock.now() < busyUntilMs) throw new Error("busy");
      return replays.get(identity);
    };
    const busy = { ...ports, replays: { ...replays, get }, reportFailure };
    expect(await settleReplays(busy, clock.now() + 60_000)).toBe(false);
    expect(clock.now()).toBeGreaterThanOrEqual(busyUntilMs);
  });

  test("keeps the parts that were opened before a busy table refused the next ones", async () => {
    const { put, start, ports, replays, clock } = await replayWorld(SHARDS_AT_ONCE + 2);
    await put(0, "abc");
    const replay = await openedAnew({ start, replays });
    let headCount = 0;
    const head: typeof ports.log.head = async (shard) => {
      if (++headCount > SHARDS_AT_ONCE) throw new Error("busy");
      return ports.log.head(shard);
    };
    const busy = { ...ports, log: { ...ports.log, head }, reportFailure };
    expect(await settleReplays(busy, clock.now() + 60_000)).toBe(true);
    expect(await replays.get(replay)).toMatchObject({ openedBelow: SHARDS_AT_ONCE + 1 });
    headCount = SHARDS_AT_ONCE - 2;
    expect(await settleReplays(busy, clock.now() + 60_000)).toBe(false);
    expect(await replays.get(replay)).not.toHaveProperty("openedBelow");
  });

  test("never takes back how far somebody else opened it meanwhile", async () => {
    const { put, start, ports, replays, clock } = await replayWorld(SHARDS_AT_ONCE + 2);
    await put(0, "abc");
    const replay = await openedAnew({ start, replays });
    let isFirst = true;
    const head: typeof ports.log.head = async (shard) => {
      if (isFirst) {
        isFirst = false;
        await settleReplays({ ...ports, reportFailure }, clock.now() + 60_000);
      }
      return ports.log.head(shard);
    };
    const written: (number | undefined)[] = [];
    const update: typeof replays.update = (before, after) => {
      written.push(after.openedBelow);
      return replays.update(before, after);
    };
    const slow = { ...ports, log: { ...ports.log, head }, replays: { ...replays, update } };
    await settleReplays({ ...slow, reportFailure }, clock.now() + 60_000);
    expect(written).toEqual([]);
    expect(await replays.get(replay)).not.toHaveProperty("openedBelow");
  });
});

describe("a replay that does not come to its end", () => {
  test("is stopped where it is, and its reader goes", async () => {
    const { put, start, replays, ports, under, lanes, readers, wakeAll, clock } =
      await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    expect(await stopReplay(ports, replay, clock.now() + 1000)).toMatchObject({ state: "STOPPED" });
    expect(await readers.get(lanes[0]!, replayReader(replay))).toBeUndefined();
    await readers.open(lanes[0]!, replayReader(replay), {
      checkpoint: { blockIndex: 0, byteOffset: 0 },
      wakeRule: { sizeBytes: 1, intervalMs: 0 },
    });
    await wakeAll(replayReader(replay));
    expect(under("r1/")).toEqual([]);
    expect(await readers.get(lanes[0]!, replayReader(replay))).toBeUndefined();
    expect(await replays.left()).toEqual([]);
    expect(await stopReplay(ports, replay, clock.now() + 1000)).toMatchObject({ state: "STOPPED" });
  });

  test("is stopped by the sweep when who began that died", async () => {
    const { put, start, replays, ports, clock } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    const killed = () => Promise.reject(new Error("killed"));
    const dying = { ...ports, readers: { ...ports.readers, remove: killed } };
    await expect(stopReplay(dying, replay, clock.now() + 1000)).rejects.toThrow("killed");
    expect(await replays.get(replay)).toMatchObject({ state: "STOPPING" });
    expect(await settleReplays({ ...ports, reportFailure }, clock.now() + 1000)).toBe(false);
    expect(await replays.get(replay)).toMatchObject({ state: "STOPPED" });
    expect(await replays.left()).toEqual([]);
  });

  test("is stopped all the same when the end of its opening arrives behind that", async () => {
    const { put, start, replays, ports, clock } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    const killed = () => Promise.reject(new Error("killed"));
    const dying = { ...ports, readers: { ...ports.readers, remove: killed } };
    await expect(stopReplay(dying, replay, clock.now() + 1000)).rejects.toThrow("killed");
    await replays.opened(replay);
    await settleReplays({ ...ports, reportFailure }, clock.now() + 1000);
    expect(await replays.get(replay)).toMatchObject({ state: "STOPPED" });
  });

  test("fails once its bucket has refused it for a while, and says why", async () => {
    const { put, start, replays, objects, clock, wakeAll } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    objects.refuse("logs", "no bucket");
    await wakeAll(replayReader(replay));
    expect(await replays.get(replay)).toMatchObject({ state: "RUNNING" });
    await clock.sleep(REPLAY_REFUSED_MAX_MS);
    await wakeAll(replayReader(replay));
    expect(await replays.get(replay)).toMatchObject({
      state: "FAILED",
      endedAtMs: clock.now(),
      failure: { atMs: clock.now(), message: expect.stringMatching(/./) as string },
    });
  });

  test("ends with its delivery stream", async () => {
    const { put, start, replays, ports, stream, readers, lanes } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    await stopReplaysOf(ports, stream);
    expect(await replays.get(replay)).toMatchObject({ state: "FAILED" });
    expect(await readers.get(lanes[0]!, replayReader(replay))).toBeUndefined();
  });

  test("stays as it ended", async () => {
    const { start, finish, replays, ports, put } = await replayWorld(1);
    await put(0, "abc");
    const replay = await start({});
    await finish(replay);
    await failReplay(ports, replay, "late");
    expect(await replays.get(replay)).toMatchObject({ state: "COMPLETED" });
  });
});
