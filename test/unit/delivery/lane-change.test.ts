/** Lanes that come and go, over the memory twins. */
import { describe, expect, test } from "vitest";
import {
  BACKUP_READER,
  DELIVERY_READER,
  type DeliveryStream,
  laneKey,
  laneKeys,
} from "../../../src/delivery/delivery-stream.ts";
import {
  LANE_PACE,
  laneReaders,
  openLanes,
  removeStream,
  tendLanes,
} from "../../../src/delivery/lane-change.ts";
import { firstLanes } from "../../../src/delivery/lanes.ts";
import {
  LANE_CHANGE_MAX_COUNT,
  LANE_SPARE_AFTER_MS,
  LANES_MAX_COUNT,
  STREAM_CACHE_MAX_AGE_MS,
} from "../../../src/limits.ts";
import type { ReaderState } from "../../../src/readers/store.ts";
import { memoryDeliveryStreams } from "../../../src/storage/memory/delivery-streams.ts";
import { memoryLog } from "../../../src/storage/memory/log.ts";
import { memoryReaders } from "../../../src/storage/memory/readers.ts";
import { steppingClock } from "../../helpers/stepping-clock.ts";
import { DESTINATION } from "./delivery-ports.ts";

const APPEND = { recordCount: 1, byteCount: 1000 };

async function setUp(laneCount = 1) {
  const clock = steppingClock(1_800_000_000_000);
  const rung: string[] = [];
  const log = memoryLog({ onRing: (shard) => void rung.push(shard) });
  const readers = memoryReaders<unknown>();
  const deliveryStreams = memoryDeliveryStreams(log, readers);
  const ports = { log, readers, deliveryStreams, clock };
  const created: DeliveryStream = {
    name: "access-logs",
    generation: "0123456789abcdef",
    versionId: 1,
    createdAtMs: clock.now(),
    lanes: firstLanes(clock.now()),
    destination: { ...DESTINATION, backup: DESTINATION },
  };
  await deliveryStreams.create(created, laneKeys(created), laneReaders(created));
  const standing = async () => (await deliveryStreams.get(created.name))!;
  while ((await standing()).lanes!.open.length < laneCount) {
    await openLanes(ports, await standing(), laneCount);
  }
  const tend = async () => tendLanes(ports, await standing());
  const lane = (index: number) => laneKey(created, index);
  return {
    ...ports,
    ports,
    rung,
    created,
    standing,
    lane,
    tend,
    open: async () => (await standing()).lanes?.open,
    closing: async () => (await standing()).lanes?.closing?.map(({ lane: index }) => index),
    /** Both readers of a lane have read all of it. */
    async readAll(index: number) {
      const head = (await log.head(lane(index)))!;
      for (const readerId of [DELIVERY_READER, BACKUP_READER]) await readTo(readerId, head);
      async function readTo(readerId: string, { blockIndex, byteOffset }: typeof head) {
        const times = { nowMs: clock.now(), untilMs: clock.now() + 1000 };
        const claim = { token: `${readerId}-${clock.now()}`, ...times };
        const acquired = await readers.acquire(lane(index), readerId, claim);
        if (acquired.kind !== "acquired") throw new Error(acquired.kind);
        const { lease, state } = acquired;
        await readers.advance(lease, state.checkpoint, { blockIndex, byteOffset });
        await readers.release(lease);
      }
    },
    /** Two sweeps far enough apart to see that little was put. */
    async spare() {
      await tend();
      await clock.sleep(LANE_SPARE_AFTER_MS);
      await tend();
    },
  };
}

describe("opening lanes", () => {
  test("gives each new one its readers, as they are for the present hints", async () => {
    const made = await setUp(3);
    expect(await made.open()).toEqual([0, 1, 2]);
    for (const lane of laneKeys(await made.standing())) {
      const found = await made.readers.list(lane);
      expect(found.map(({ readerId }) => readerId)).toEqual([DELIVERY_READER, BACKUP_READER]);
      expect(found[0]?.wakeRule).toEqual({ sizeBytes: 2 ** 20, intervalMs: 60_000 });
      expect(await made.log.reserve(lane, APPEND)).toMatchObject({ kind: "reserved" });
    }
  });

  test("succeeds for one of those who know the same set", async () => {
    const made = await setUp();
    const stream = await made.standing();
    const results = await Promise.all([2, 3, 4].map((n) => openLanes(made.ports, stream, n)));
    expect(results.filter((result) => result !== stream)).toHaveLength(1);
    expect(await made.open()).toEqual([0, 1]);
  });

  test("stops at the bound, and leaves a stream alone that is being deleted", async () => {
    const made = await setUp(LANES_MAX_COUNT);
    const stream = await made.standing();
    expect(await openLanes(made.ports, stream, 1000)).toBe(stream);
    const transition = { kind: "deleting", sinceMs: 0 } as const;
    const deleting = { ...made.created, transition };
    expect(await openLanes(made.ports, deleting, 2)).toBe(deleting);
  });
});

describe("lanes that are not needed", () => {
  test("are closed by halves, after a while of little load", async () => {
    const made = await setUp(5);
    await made.spare();
    expect(await made.open()).toEqual([0, 1]);
    expect(await made.closing()).toEqual([2, 3, 4]);
    await made.spare();
    expect(await made.open()).toEqual([0]);
  });

  test("stay while half of them would not do", async () => {
    const made = await setUp(4);
    await made.tend();
    await made.clock.sleep(LANE_SPARE_AFTER_MS);
    const byteCount = 5e6 * (LANE_SPARE_AFTER_MS / 1000);
    for (const index of [0, 1, 2, 3]) {
      await made.log.reserve(made.lane(index), { recordCount: 1, byteCount });
    }
    expect(await made.tend()).toBe(true);
    expect(await made.open()).toHaveLength(4);
  });

  test("stay where their readers are slow", async () => {
    const made = await setUp();
    await openLanes(made.ports, await made.standing(), 4, 100_000);
    await made.tend();
    await made.clock.sleep(LANE_SPARE_AFTER_MS);
    const byteCount = 60_000 * (LANE_SPARE_AFTER_MS / 1000);
    for (const index of [0, 1, 2, 3]) {
      await made.log.reserve(made.lane(index), { recordCount: 1, byteCount });
    }
    await made.tend();
    expect(await made.open()).toHaveLength(4);
  });

  test("take records until every cache must know, are sealed then, and rung for", async () => {
    const made = await setUp(2);
    await made.spare();
    expect(await made.closing()).toEqual([1]);
    await made.clock.sleep(STREAM_CACHE_MAX_AGE_MS - 1);
    await made.tend();
    expect(await made.log.reserve(made.lane(1), APPEND)).toMatchObject({ kind: "reserved" });
    await made.clock.sleep(1);
    await made.tend();
    expect(await made.log.reserve(made.lane(1), APPEND)).toEqual({ kind: "closed" });
    expect(made.rung).toEqual([made.lane(1)]);
  });

  test("are rung for until they are read: who sealed one may have died before it rang", async () => {
    const made = await setUp(2);
    await made.log.reserve(made.lane(1), APPEND);
    await made.spare();
    await made.clock.sleep(STREAM_CACHE_MAX_AGE_MS);
    await made.deliveryStreams.sealLane(made.lane(1));
    await made.tend();
    expect(made.rung).toEqual([made.lane(1)]);
  });

  test("go when they are sealed and all their readers have read them, and not before", async () => {
    const made = await setUp(2);
    await made.log.reserve(made.lane(1), APPEND);
    await made.spare();
    await made.clock.sleep(STREAM_CACHE_MAX_AGE_MS);
    // Sealed by this look; the next one finds records that nobody has read.
    await made.tend();
    expect(await made.tend()).toBe(true);
    expect(await made.closing()).toEqual([1]);
    await made.readAll(1);
    expect(await made.tend()).toBe(false);
    expect(await made.closing()).toBeUndefined();
    expect(await made.readers.list(made.lane(1))).toEqual([]);
    // Its blocks stand for a while, and whoever replays them has to know how many there were.
    expect(await made.log.head(made.lane(1))).toMatchObject({ blockIndex: 1, sealed: true });
  });

  test("do not go while a plan of theirs is pending", async () => {
    const made = await setUp(2);
    await made.spare();
    await made.clock.sleep(STREAM_CACHE_MAX_AGE_MS);
    await made.tend();
    const list = async (shard: Parameters<typeof made.readers.list>[0]) =>
      (await made.readers.list(shard)).map((state): ReaderState<unknown> => ({
        ...state,
        plan: {},
      }));
    await tendLanes({ ...made.ports, readers: { list } }, await made.standing());
    expect(await made.closing()).toEqual([1]);
  });

  test("are followed by others, never by themselves", async () => {
    const made = await setUp(2);
    await made.spare();
    await made.clock.sleep(STREAM_CACHE_MAX_AGE_MS);
    await made.tend();
    await made.tend();
    await openLanes(made.ports, await made.standing(), 2);
    expect(await made.open()).toEqual([0, 2]);
  });

  test("a single lane is not looked at, nor a source's", async () => {
    const made = await setUp();
    const log = { head: () => Promise.reject(new Error("asked")), ring: made.log.ring };
    expect(await tendLanes({ ...made.ports, log }, made.created)).toBe(false);
    const { lanes: _none, ...source } = made.created;
    expect(await tendLanes({ ...made.ports, log }, source)).toBe(false);
  });

  test("a clock that was set back closes nothing", async () => {
    const made = await setUp(4);
    await made.tend();
    const earlier = steppingClock(made.clock.now() - 3_600_000);
    await tendLanes({ ...made.ports, clock: earlier }, await made.standing(), LANE_PACE);
    expect(await made.open()).toHaveLength(4);
  });
});

describe("removing a stream", () => {
  test("takes as many steps as its lanes need, and leaves nothing", async () => {
    const made = await setUp(LANES_MAX_COUNT);
    const stream = await made.standing();
    let parts = 0;
    const watched = {
      ...made.deliveryStreams,
      async update(...args: Parameters<typeof made.deliveryStreams.update>) {
        parts += 1;
        expect(args[2]?.removed.length).toBeLessThanOrEqual(LANE_CHANGE_MAX_COUNT);
        expect(args[1].transition?.kind).toBe("deleting");
        return made.deliveryStreams.update(...args);
      },
    };
    const ports = { ...made.ports, deliveryStreams: watched };
    expect(await removeStream(ports, stream)).toBe("removed");
    expect(parts).toBe(1);
    expect(await made.deliveryStreams.get(stream.name)).toBeUndefined();
    for (const lane of laneKeys(stream)) {
      expect(await made.readers.list(lane)).toEqual([]);
      expect(await made.log.reserve(lane, APPEND)).toEqual({ kind: "closed" });
    }
  });

  test("takes lanes along that were opened meanwhile", async () => {
    const made = await setUp();
    const known = await made.standing();
    await openLanes(made.ports, known, 3);
    expect(await removeStream(made.ports, known)).toBe("removed");
    expect(await made.log.reserve(made.lane(2), APPEND)).toEqual({ kind: "closed" });
    expect(await removeStream(made.ports, known)).toBe("gone");
  });
});
