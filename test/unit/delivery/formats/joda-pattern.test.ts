import { describe, expect, test } from "vitest";
import {
  invalidTimestampFormat,
  readTimestampFormat,
} from "../../../../src/delivery/formats/joda-pattern.ts";

function read(pattern: string, text: string): string | undefined {
  const nanos = readTimestampFormat(pattern)!(text);
  return nanos === undefined ? undefined : new Date(Number(nanos / 1_000_000n)).toISOString();
}

describe("reads", () => {
  test.each([
    ["yyyy-MM-dd'T'HH:mm:ss'Z'", "2026-11-30T01:02:03Z", "2026-11-30T01:02:03.000Z"],
    ["yyyy-MM-dd'T'HH:mm:ssZ", "2026-11-30T01:02:03+02:00", "2026-11-29T23:02:03.000Z"],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2026-11-30T01:02:03.5-0130", "2026-11-30T02:32:03.500Z"],
    ["dd/MMM/yyyy:HH:mm:ss Z", "30/Nov/2026:01:02:03 +0200", "2026-11-29T23:02:03.000Z"],
    ["EEE MMM d HH:mm:ss z yyyy", "Mon November 30 01:02:03 PST 2026", "2026-11-30T09:02:03.000Z"],
    ["yyyyMMddHHmmss", "20261130010203", "2026-11-30T01:02:03.000Z"],
    ["yyyyMMdd", "20261130", "2026-11-30T00:00:00.000Z"],
    ["y-M-d", "2026-3-7", "2026-03-07T00:00:00.000Z"],
    ["yy-MM-dd", "69-01-02", "2069-01-02T00:00:00.000Z"],
    ["yy-MM-dd", "70-01-02", "1970-01-02T00:00:00.000Z"],
    ["yyyy-DDD", "2028-366", "2028-12-31T00:00:00.000Z"],
    ["xxxx-'W'ww-e", "2026-W53-5", "2027-01-01T00:00:00.000Z"],
    ["h:mm a", "12:05 am", "1970-01-01T00:05:00.000Z"],
    ["h:mm a", "3:05 PM", "1970-01-01T15:05:00.000Z"],
    ["kk:mm", "24:30", "1970-01-01T00:30:00.000Z"],
    ["HH:mm", "23:59", "1970-01-01T23:59:00.000Z"],
    ["yyyy G", "1 BC", "0000-01-01T00:00:00.000Z"],
    ["yyyy-MM-dd HH:mm ZZZ", "2026-07-01 12:00 America/New_York", "2026-07-01T16:00:00.000Z"],
    ["yyyy 'o''clock' ''HH''", "2026 o'clock '07'", "2026-01-01T07:00:00.000Z"],
    ["millis", "1764464523456.999", "2025-11-30T01:02:03.456Z"],
    ["millis", "-1", "1969-12-31T23:59:59.999Z"],
  ])("%s: %s", (pattern, text, expected) => {
    expect(read(pattern, text)).toBe(expected);
  });
});

describe("does not read", () => {
  test.each([
    ["yyyy-MM-dd", "2026-13-01"],
    ["yyyy-MM-dd", "2026-02-29"],
    ["yyyy-MM-dd", "2026-02-28 "],
    ["yyyy-MM-dd", " 2026-02-28"],
    ["HH:mm", "24:00"],
    ["hh:mm a", "13:00 PM"],
    ["HH:mm:ss", "01:02:60"],
    ["yyyy-MM-dd zzzz", "2026-02-28 Pacific Standard Time"],
    ["yyyy-MM-dd ZZZ", "2026-02-28 Mars/Olympus"],
    ["SSS", "1234"],
    ["millis", "yesterday"],
    ["millis", "99999999999999999999"],
    ["yyyy", "999999999"],
  ])("%s: %s", (pattern, text) => {
    expect(read(pattern, text)).toBe(undefined);
  });
});

test("refuses what Joda refuses, in AWS's words", () => {
  for (const pattern of ["yyyy-MM-ddT", "'open", "millisecond", "yyyy b"]) {
    expect(readTimestampFormat(pattern), pattern).toBe(undefined);
  }
  expect(invalidTimestampFormat("b")).toBe(
    "One or more SerDe options are invalid for org.apache.hcatalog.data.JsonSerDe: [Key: timestamp.formats Value: b]",
  );
});
