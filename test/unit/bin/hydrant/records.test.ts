import { expect, test } from "vitest";
import { printRecord, readSince } from "../../../../bin/hydrant/records.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);

test.each([
  ["30s", 30],
  ["5m", 300],
  ["2h", 7200],
  ["1d", 86_400],
])("reads how long ago: %s", (text, seconds) => {
  expect(readSince(text, NOW_MS)).toBe(NOW_MS / 1000 - seconds);
});

test("reads a time, and refuses anything else", () => {
  expect(readSince("2026-11-23T09:00:00Z", NOW_MS)).toBe(NOW_MS / 1000 - 3600);
  expect(() => readSince("soon", NOW_MS)).toThrow("--since must be like 5m");
});

test("prints text as text, and other bytes as Base64", () => {
  const record = { RecordId: "id", LaneId: "lane-0000", ArrivalTimestamp: NOW_MS / 1000 };
  const Arrival = "2026-11-23T10:00:00.000Z";
  const shown = { Arrival, LaneId: "lane-0000", RecordId: "id" };
  const text = Buffer.from('{"a":1}').toString("base64");
  expect(JSON.parse(printRecord({ ...record, Data: text }))).toEqual({ ...shown, Data: '{"a":1}' });
  expect(JSON.parse(printRecord({ ...record, Data: "/w==" }))).toEqual({
    ...shown,
    Base64: "/w==",
  });
});
