import { expect, it } from "vitest";
import { pauseAfterMs } from "../../../offline/events/pace.ts";

it.each([
  ["a lone record", 1, 1000, 10],
  ["some", 10, 1000, 50],
  ["a load", 400, 1000, 250],
  ["a full page, which others may follow", 1000, 1000, 0],
])("after %s", (_, recordCount, limit, expected) => {
  expect(pauseAfterMs(recordCount, limit)).toBe(expected);
});

it.each([5, 50, 500, 5000])(
  "looks at most 50 times, and at least four times a second at %i records a second",
  (perSecond) => {
    let looks = 0;
    let atMs = 0;
    for (let waitedMs = 0; atMs < 1000; looks++) {
      waitedMs = pauseAfterMs(Math.ceil((perSecond * waitedMs) / 1000), 10_000);
      atMs += Math.max(waitedMs, 1000 / perSecond);
    }
    expect(looks).toBeGreaterThanOrEqual(4);
    expect(looks).toBeLessThanOrEqual(50);
  },
);
