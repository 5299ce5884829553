import { expect, test } from "vitest";
import { printRate, readRate } from "../../../../../bin/hydrant/keys/rate.ts";

test.each([
  [{ rate: "500", bytes: "2MiB" }, "500 calls/s, 2MiB/s"],
  [{ rate: "1" }, "1 calls/s"],
  [{ bytes: "65536" }, "64KiB/s"],
  [{ bytes: "1000000 B" }, "1000000B/s"],
  [{}, "no bound"],
])("%o is shown as %s", (given, shown) => {
  expect(printRate(readRate(given))).toBe(shown);
});

test.each([
  { rate: "0" },
  { rate: "1.5" },
  { rate: "fast" },
  { rate: "" },
  { bytes: "2MB" },
  { bytes: "63KiB" },
  { bytes: "2GiB" },
  { bytes: "" },
])("%o is refused by name", (given) => {
  const [name] = Object.keys(given);
  expect(() => readRate(given)).toThrow(new RegExp(`^--${name} must be .*, got `));
});
