import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boundsFor,
  isTooMuch,
  LANE_BOUNDS,
  type LaneLoad,
  lanesFor,
} from "../../../src/delivery/lane-load.ts";
import {
  allLanes,
  firstLanes,
  isJustChanged,
  type LaneSet,
  withFewerLanes,
  withMoreLanes,
  withoutLanes,
} from "../../../src/delivery/lanes.ts";
import { LANE_CHANGE_MAX_COUNT, LANES_MAX_COUNT } from "../../../src/limits.ts";

const MB = 1e6;

describe("the lanes of a stream", () => {
  it("never have a number twice, however they come and go", () => {
    const step = fc.record({
      kind: fc.constantFrom("more", "fewer", "gone"),
      count: fc.integer({ min: 1, max: 70 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let set: LaneSet = firstLanes(0);
        const born = new Set(set.open);
        const gone = new Set<number>();
        for (const { kind, count } of steps) {
          const before = allLanes(set);
          if (kind === "more") {
            set = withMoreLanes(set, count, 1);
            const added = set.open.filter((lane) => !before.includes(lane));
            expect(added.length).toBeLessThanOrEqual(LANE_CHANGE_MAX_COUNT);
            for (const lane of added) expect(born.has(lane)).toBe(false);
            for (const lane of added) born.add(lane);
          } else if (kind === "fewer") {
            if (count < set.open.length) set = withFewerLanes(set, count, 1);
            expect(new Set(allLanes(set))).toEqual(new Set(before));
          } else {
            const left = (set.closing ?? []).slice(0, count).map(({ lane }) => lane);
            set = withoutLanes(set, left);
            for (const lane of left) gone.add(lane);
          }
          expect(set.open.length).toBeGreaterThan(0);
          expect(set.open.length).toBeLessThanOrEqual(LANES_MAX_COUNT);
          expect(allLanes(set).some((lane) => gone.has(lane))).toBe(false);
          expect(Math.max(...born)).toBeLessThan(set.next);
        }
      }),
    );
  });

  it("are left as they are when there are enough", () => {
    const set = firstLanes(0);
    expect(withMoreLanes(set, 1, 5)).toBe(set);
  });

  it("say for a moment that they have just changed", () => {
    const set = withMoreLanes(firstLanes(0), 3, 100_000);
    expect(isJustChanged(set, 102_999)).toBe(true);
    expect(isJustChanged(set, 103_000)).toBe(false);
    // A clock that is a quarter of an hour ahead holds nobody up.
    expect(isJustChanged({ ...set, changedAtMs: 1_000_000 }, 100_000)).toBe(false);
  });

  it("forget how slow a reader was once there is one", () => {
    const slow = { ...withMoreLanes(firstLanes(0), 4, 0), readerBytesPerSecond: 1 * MB };
    expect(withFewerLanes(slow, 2, 0).readerBytesPerSecond).toBe(1 * MB);
    expect(withFewerLanes(slow, 1, 0).readerBytesPerSecond).toBeUndefined();
  });
});

describe("how many lanes a load wants", () => {
  const wanted = (load: Partial<LaneLoad>) =>
    lanesFor({ blocksPerSecond: 0, bytesPerSecond: 0, ...load }, LANE_BOUNDS);

  it("is one for what a lane bears", () => {
    expect(wanted({})).toBe(1);
    expect(wanted({ blocksPerSecond: 350, bytesPerSecond: 8 * MB })).toBe(1);
    const much = { blocksPerSecond: 700, bytesPerSecond: 16 * MB };
    expect(isTooMuch(much, 1, LANE_BOUNDS)).toBe(false);
  });

  it("follows calls and bytes, whichever want more", () => {
    expect(wanted({ blocksPerSecond: 10_000 })).toBe(29);
    expect(wanted({ bytesPerSecond: 100 * MB })).toBe(13);
    expect(wanted({ blocksPerSecond: 10_000, bytesPerSecond: 300 * MB })).toBe(38);
    expect(isTooMuch({ blocksPerSecond: 701, bytesPerSecond: 0 }, 1, LANE_BOUNDS)).toBe(true);
    expect(isTooMuch({ blocksPerSecond: 0, bytesPerSecond: 33 * MB }, 2, LANE_BOUNDS)).toBe(true);
  });

  it("has a bound", () => {
    expect(wanted({ blocksPerSecond: 1e9 })).toBe(LANES_MAX_COUNT);
    expect(wanted({ bytesPerSecond: Infinity })).toBe(LANES_MAX_COUNT);
  });

  it("leaves room for the load to grow", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.nat({ max: 200 * MB }), (blocks, bytes) => {
        const load = { blocksPerSecond: blocks, bytesPerSecond: bytes };
        const count = lanesFor(load, LANE_BOUNDS);
        const more = { blocksPerSecond: blocks * 1.9, bytesPerSecond: bytes * 1.9 };
        expect(isTooMuch(more, count, LANE_BOUNDS)).toBe(false);
      }),
    );
  });

  it("is more where readers are slow", () => {
    const bounds = boundsFor({ readerBytesPerSecond: 2 * MB });
    expect(lanesFor({ blocksPerSecond: 1, bytesPerSecond: 4 * MB }, bounds)).toBe(4);
    expect(boundsFor({})).toEqual(LANE_BOUNDS);
    expect(boundsFor({ readerBytesPerSecond: 90 * MB })).toEqual(LANE_BOUNDS);
  });
});
