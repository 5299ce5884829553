import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDecimal, rescale } from "../../../../src/delivery/formats/decimals.ts";
import { daysSinceEpoch, parseIsoTimestamp } from "../../../../src/delivery/formats/instants.ts";
import { printJavaDouble } from "../../../../src/delivery/formats/java-numbers.ts";

const DAY_MS = 86_400_000;

test("days are those of the calendar, back to year 0 and on to year 9999", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
      (date) => {
        const days = daysSinceEpoch(
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
        );
        expect(days).toBe(Math.floor(date.getTime() / DAY_MS));
      },
    ),
  );
  expect(daysSinceEpoch(2026, 2, 30)).toBe(daysSinceEpoch(2026, 3, 2));
  expect(daysSinceEpoch(2026, 14, 1)).toBe(daysSinceEpoch(2027, 2, 1));
});

test("an instant printed is the instant read", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
      (date) => {
        expect(parseIsoTimestamp(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      },
    ),
  );
});

test("decimals are exact at any scale", () => {
  const digits = fc.stringMatching(/^\d{1,18}$/);
  fc.assert(
    fc.property(digits, digits, fc.boolean(), fc.nat(20), (whole, fraction, isNegative, cut) => {
      const text = `${isNegative ? "-" : ""}${whole}.${fraction}`;
      const decimal = parseDecimal(text)!;
      const exact = BigInt(whole + fraction) * (isNegative ? -1n : 1n);
      expect(rescale(decimal, 60, fraction.length)).toBe(exact);
      // The same number with its point elsewhere.
      const moved = parseDecimal(
        `${isNegative ? "-" : ""}${whole}${fraction}e-${fraction.length}`,
      )!;
      expect(rescale(moved, 60, cut)).toBe(rescale(decimal, 60, cut));
    }),
  );
  expect(rescale(parseDecimal("0.5")!, 1, 0)).toBe(1n);
  expect(rescale(parseDecimal("-0.5")!, 1, 0)).toBe(-1n);
  expect(rescale(parseDecimal("9.5")!, 1, 0)).toBe(undefined);
  expect(rescale(parseDecimal(".05")!, 1, 0)).toBe(0n);
});

test("doubles are printed as Java prints them, and read back the same", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = printJavaDouble(value);
      expect(Number(text)).toBe(value);
      expect(text).toMatch(/^-?\d+\.\d+(E-?\d+)?$/);
    }),
  );
  expect([0.001, 0.0001, 9_999_999, 1e7, 100].map(printJavaDouble)).toEqual([
    "0.001",
    "1.0E-4",
    "9999999.0",
    "1.0E7",
    "100.0",
  ]);
});
