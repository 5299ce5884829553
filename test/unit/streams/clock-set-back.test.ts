import { expect, it } from "vitest";
import { isAhead, isFresh } from "../../../src/clock.ts";
import { shownStatus } from "../../../src/streams/lifecycle.ts";
import type { DataStream } from "../../../src/streams/stream.ts";

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
