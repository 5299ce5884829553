import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDate, parseDatePattern } from "../../../../src/delivery/naming/date-pattern.ts";
import { isTimeZone, zonedTime } from "../../../../src/delivery/naming/zoned-time.ts";
import java from "../../../fixtures/firehose/java-date-patterns.json" with { type: "json" };

const ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Monrovia"];

function format(pattern: string, instantMs: number, timeZone?: string): string | undefined {
  const parts = parseDatePattern(pattern);
  return parts && formatDate(parts, instantMs, timeZone);
}

describe("a date pattern", () => {
  for (const { timeZone, instantMs, texts } of java.cases) {
    it(`prints in ${timeZone} at ${instantMs} what Java prints`, () => {
      const printed = Object.keys(texts).map((pattern) => [
        pattern,
        format(pattern, instantMs, timeZone),
      ]);
      expect(Object.fromEntries(printed)).toEqual(texts);
    });
  }

  it("is refused where Java refuses it", () => {
    expect(java.refused.filter((pattern) => parseDatePattern(pattern) !== undefined)).toEqual([]);
  });

  it("stands as it is where Java cannot print it, for a pad that is too narrow", () => {
    const texts = java.cases.flatMap(({ instantMs, timeZone, unprintable }) =>
      unprintable
        .filter((pattern) => pattern.startsWith("p"))
        .map((pattern) => {
          const letters = pattern.replace(/^p+/, "");
          return format(pattern, instantMs, timeZone) === format(letters, instantMs, timeZone);
        }),
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(texts).not.toContain(false);
  });

  it.each([..."CIJPRTUVbfijloprt"])("is refused with an unquoted %s", (letter) => {
    expect(parseDatePattern(letter)).toBeUndefined();
    expect(format(`'${letter}'`, 0)).toBe(letter);
  });

  it("prints any quoted text as it is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(format(`'${text.replaceAll("'", "''")}'`, 0)).toBe(text);
      }),
    );
  });

  it("prints ISO time that reads back to the same instant in any zone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
        fc.constantFrom(...ZONES),
        (instantMs, zone) => {
          const text = format("yyyy-MM-dd'T'HH:mm:ss.SSSxxx", instantMs, zone) ?? "";
          fc.pre(zonedTime(instantMs, zone).offsetSeconds % 60 === 0);
          expect(Date.parse(text)).toBe(instantMs);
        },
      ),
    );
  });

  it("names the part of the day from its first hour to its last", () => {
    const periods = [0, 5, 6, 11, 12, 17, 18, 20, 21, 23].map((hour) =>
      format("B", Date.UTC(2026, 6, 13, hour, 1)),
    );
    expect(periods).toEqual(
      ["at night", "in the morning", "in the afternoon", "in the evening", "at night"].flatMap(
        (period) => [period, period],
      ),
    );
  });

  it("counts the hours around a change to summer time as the wall clock does", () => {
    const changeMs = Date.UTC(2026, 2, 8, 7);
    expect(format("HH:mm:ss z", changeMs - 1000, "America/New_York")).toBe("01:59:59 EST");
    expect(format("HH:mm:ss z", changeMs, "America/New_York")).toBe("03:00:00 EDT");
  });
});

describe("a time zone", () => {
  it("is known by its IANA name", () => {
    expect(["Asia/Tokyo", "America/Argentina/Buenos_Aires", "UTC"].map(isTimeZone)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("is refused when nobody keeps it", () => {
    expect(["Mars/Olympus", "Asia", ""].map(isTimeZone)).toEqual([false, false, false]);
  });
});
