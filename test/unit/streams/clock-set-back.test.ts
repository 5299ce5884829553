import { expect, it } from "vitest";
import { isAhead, isFresh } from "../../../src/clock.ts";
import { settle, shownStatus } from "../../../src/streams/lifecycle.ts";
import type { DataStream } from "../../../src/streams/stream.ts";
import { world } from "./reshard-world.ts";

const NOW_MS = 1_795_428_000_000;
const AN_HOUR_MS = 3_600_000;

it("takes a moment for ahead only as far as anybody can have put it", () => {
  expect(isAhead(NOW_MS + 1000, NOW_MS, 1000)).toBe(true);
  expect(isAhead(NOW_MS, NOW_MS, 1000)).toBe(false);
  expect(isAhead(NOW_MS + AN_HOUR_MS, NOW_MS, 60_000)).toBe(false);
});

it("relies on nothing that was learnt in the future", () => {
  expect(isFresh(NOW_MS - 500, NOW_MS, 1000)).toBe(true);
  expect(isFresh(NOW_MS - 1000, NOW_MS, 1000)).toBe(false);
  expect(isFresh(NOW_MS + AN_HOUR_MS, NOW_MS, 1000)).toBe(false);
});

it("takes a stream for ACTIVE that was made before the clock was set back", () => {
  const madeAtMs = NOW_MS + AN_HOUR_MS;
  const stream = { status: "ACTIVE", settledAtMs: madeAtMs + 500, creatingUntilMs: madeAtMs + 500 };
  expect(shownStatus(stream as DataStream, madeAtMs)).toBe("CREATING");
  expect(shownStatus(stream as DataStream, NOW_MS)).toBe("ACTIVE");
});

it("leaves a stream ACTIVE that was made by a clock minutes ahead, also when the time comes that it was made at", async () => {
  const { ports, clock, dataStreams, current } = await world(1);
  const settledAtMs = clock.now() + 120_000;
  const stream = await current();
  const made = { ...stream, revision: stream.revision + 1, settledAtMs };
  await dataStreams.update({ ...made, creatingUntilMs: settledAtMs });
  const shown = async () => {
    const standing = await settle(ports, await current());
    return shownStatus(standing!, clock.now());
  };
  expect(await shown()).toBe("ACTIVE");
  await clock.sleep(100_000);
  expect(await shown()).toBe("ACTIVE");
  expect(await shown()).toBe("ACTIVE");
  expect((await current()).revision).toBe(made.revision + 1);
});
