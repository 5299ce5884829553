import { expect, test } from "vitest";
import {
  type Attempts,
  nextAttempt,
} from "../../../../../src/delivery/destinations/receivers/attempts.ts";

const ERROR = { errorCode: "HttpEndpoint.503", errorMessage: "busy" };
/** Without jitter. */
const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0.5 };

function waits(retryMs: number, over: { everyMs?: number; afterMs?: number } = {}): number[] {
  const { everyMs, afterMs } = over;
  const found: number[] = [];
  let nowMs = 1_000_000;
  for (let before: Attempts | undefined; ;) {
    const next = nextAttempt(before, ERROR, { retryMs, everyMs }, { nowMs, random, afterMs });
    if (next === undefined) return found;
    found.push(next.retryAtMs - nowMs);
    // The answer takes its time, which does not count.
    nowMs = next.retryAtMs + 50_000;
    before = next;
  }
}

test("waits longer and longer, up to two minutes, and tries once more at the end", () => {
  const found = waits(600_000);
  expect(found).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 113].map((s) => s * 1000));
  expect(found.reduce((sum, wait) => sum + wait, 0)).toBe(600_000);
});

test("no retry duration, no second attempt", () => {
  expect(waits(0)).toEqual([]);
});

test("at a pace of its own, or as the receiver asks", () => {
  expect(waits(700_000, { everyMs: 300_000 })).toEqual([300_000, 300_000, 100_000]);
  expect(waits(20_000, { afterMs: 9000 })).toEqual([9000, 9000, 2000]);
});

test("jitter is fifteen percent, either way", () => {
  const at = (fraction: number) => {
    const given = { nowMs: 0, random: { ...random, fraction: () => fraction } };
    return nextAttempt(undefined, ERROR, { retryMs: 60_000 }, given)?.retryAtMs;
  };
  expect([at(0), at(1)]).toEqual([850, 1150]);
});

test("says since when it fails", () => {
  const first = nextAttempt(undefined, ERROR, { retryMs: 60_000 }, { nowMs: 10, random });
  const second = nextAttempt(first, ERROR, { retryMs: 60_000 }, { nowMs: 5000, random });
  expect(second).toMatchObject({ count: 2, firstFailedAtMs: 10, lastFailedAtMs: 5000 });
});
