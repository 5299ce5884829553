import { describe, expect, test } from "vitest";
import { jsonLine, readRecordLine, recordLine } from "../../faults/lines.ts";
import { droppedOf, surprises, targetOf } from "../../faults/updates.ts";

const UPDATED = { name: "updated", isPartitioned: false };
const SHARED_OUT = { name: "shared-out", isPartitioned: true };
/** Versions without a transform and with one. */
const [PLAIN, CHANGED] = [5, 6];

const record = (number: number, isMarked = false) => ({ name: `r${number}`, number, isMarked });

/** What is said of an object of that version, with a record in it. */
function said(
  stream: typeof UPDATED,
  version: number,
  stands: ReturnType<typeof record>,
  { within = "", isOfFailed = false } = {},
): number {
  const { folder, bucket, isGzipped } = targetOf(stream, version, "first");
  const key = `${folder}${within}2026/11/30/10/${stream.name}-${version}-2026-11-30-10-00-00-0`;
  const contentEncoding = isGzipped ? "gzip" : undefined;
  const found = { key, bucket, contentEncoding, isOfFailed, records: [stands] };
  return surprises(stream, found, "first", 0).length;
}

describe("what stands in an object must be what its version makes of it", () => {
  test("with a transform and without", () => {
    expect(targetOf(UPDATED, PLAIN, "").isTransformed).toBe(false);
    expect(targetOf(UPDATED, CHANGED, "").isTransformed).toBe(true);
    expect(said(UPDATED, PLAIN, record(1))).toBe(0);
    expect(said(UPDATED, CHANGED, record(1, true))).toBe(0);
    expect(said(UPDATED, PLAIN, record(1, true))).toBe(1);
    expect(said(UPDATED, CHANGED, record(1))).toBe(1);
  });

  test("what a transform drops or lets fail is delivered by versions without one", () => {
    expect(said(UPDATED, PLAIN, record(50))).toBe(0);
    expect(said(UPDATED, CHANGED, record(50, true))).toBe(1);
    expect(said(UPDATED, PLAIN, record(31))).toBe(0);
    expect(said(UPDATED, CHANGED, record(31, true))).toBe(1);
    expect(said(UPDATED, CHANGED, record(31), { isOfFailed: true })).toBe(0);
    expect(said(UPDATED, CHANGED, record(32), { isOfFailed: true })).toBe(1);
    expect(said(UPDATED, PLAIN, record(31), { isOfFailed: true })).toBe(1);
  });

  test("in the partition that its version's query gives it", () => {
    expect(said(SHARED_OUT, 6, record(17), { within: "2/" })).toBe(0);
    expect(said(SHARED_OUT, 6, record(17), { within: "3/" })).toBe(1);
    expect(said(SHARED_OUT, 2, record(17), { within: "third=2/" })).toBe(0);
    expect(said(SHARED_OUT, 2, record(17), { within: "2/" })).toBe(1);
    expect(said(SHARED_OUT, 4, record(17), { within: "odd-2/" })).toBe(0);
    expect(said(SHARED_OUT, 4, record(17), { within: "even-2/" })).toBe(1);
  });
});

describe("a record may be missing", () => {
  const lane = [record(1), record(50), record(2)];
  const missing = (first: number, last: number) =>
    droppedOf(
      UPDATED,
      lane,
      new Map([
        ["r1", first],
        ["r2", last],
      ]),
    ).length;

  test("between versions of which one has a transform that drops it", () => {
    expect(missing(CHANGED, CHANGED)).toBe(1);
    expect(missing(PLAIN, CHANGED)).toBe(1);
    expect(missing(PLAIN, PLAIN)).toBe(0);
    expect(missing(PLAIN - 1, PLAIN)).toBe(0);
  });

  test("if it is one of those that the transform drops", () => {
    expect(droppedOf(UPDATED, [record(1), record(49)], new Map([["r1", CHANGED]]))).toEqual([]);
  });
});

test("a record within JSON is read like any other, and a damaged one is not", () => {
  const log = '10.0.0.1 - - [x] "GET /?n=7 HTTP/1.1" 200';
  const line = jsonLine(recordLine("p0-1", log, ""));
  expect(readRecordLine(line.trimEnd())).toEqual({ name: "p0-1", number: 7, isMarked: false });
  expect(readRecordLine(line.trimEnd().replace("p0-1", "p0-2"))).toBeUndefined();
});
