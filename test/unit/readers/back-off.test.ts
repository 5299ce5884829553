import { describe, expect, it } from "vitest";
import { LEASE_DURATION_MS } from "../../../src/limits.ts";
import { backOffMs } from "../../../src/readers/back-off.ts";

const always = (fraction: number) => ({ fraction: () => fraction, bytes: () => new Uint8Array() });
const ALMOST_ONE = 1 - 2 ** -32;

describe("the back-off", () => {
  it("doubles from a second, and takes off up to a half by chance", () => {
    expect([1, 2, 3, 4, 5].map((count) => backOffMs(count, always(ALMOST_ONE)))).toEqual([
      1000, 2000, 4000, 8000, 16_000,
    ]);
    expect([1, 2, 3].map((count) => backOffMs(count, always(0)))).toEqual([500, 1000, 2000]);
  });

  it("leaves a reader alone no longer than one whose holder died, however often its wake-up came back", () => {
    for (const count of [6, 7, 8, 100, 1000]) {
      expect(backOffMs(count, always(ALMOST_ONE))).toBeLessThanOrEqual(LEASE_DURATION_MS);
    }
  });
});
